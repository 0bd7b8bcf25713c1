// SPDX-License-Identifier: Apache-2.0
// Every view opens, shows something, and talks to nobody.
import assert from "node:assert/strict";
import { everyHash, kViews, open } from "./browser.mjs";

export const views = {
  async "a click opens each view and moves the focus to its title"({ browser, file }) {
    const { page, trouble, close } = await open(browser, file);
    for (const view of [...kViews.slice(1), kViews[0]]) {
      await page.click(`nav.views a[href*="v=${view}"], nav.views a:text-is("Figures")`.split(", ")[view === "figures" ? 1 : 0]);
      await page.waitForSelector(`.view-${view}`);
      assert.equal(await page.locator("nav.views a[aria-current]").count(), 1);
      assert.ok((await page.locator("main h2").innerText()).length > 3);
      assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2", view);
    }
    await page.goBack();
    await page.waitForSelector(".view-tables");
    assert.deepEqual(trouble, []);
    await close();
  },

  async "no view asks the network, breaks the page's policy or complains"({ browser, file }) {
    const { page, trouble, close } = await open(browser, file);
    await page.evaluate(() => {
      window.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
    });
    for (const hash of everyHash()) {
      await page.evaluate((to) => { location.hash = to; }, hash);
      await page.waitForTimeout(40);
      assert.ok((await page.locator("main .view").innerText()).length > 20, hash);
      assert.doesNotMatch(await page.locator("main").innerText(), /NaN|undefined|\[object|Infinity/, hash);
    }
    assert.deepEqual(await page.evaluate(() => window.violations), []);
    assert.deepEqual(trouble, []);
    await close();
  },

  async "the policy forbids what the page does not need"({ browser, file }) {
    const { page, close } = await open(browser, file);
    // In a task of the page's own: what a debugger evaluates is exempt from the policy.
    const refused = await page.evaluate(() => new Promise((done) => setTimeout(async () => {
      const results = [];
      try { new Function("return 1")(); results.push("eval"); } catch { /* forbidden */ }
      try { await fetch("https://example.invalid/"); results.push("fetch"); } catch { /* forbidden */ }
      const script = document.createElement("script");
      script.textContent = "window.injected = 1";
      document.body.append(script);
      if (window.injected) results.push("script");
      done(results);
    }, 0)));
    assert.deepEqual(refused, []);
    await close();
  },

  async "nothing is wider than the screen at 360, 900 and 1600 pixels"({ browser, file }) {
    for (const width of [360, 900, 1600]) {
      const { page, close } = await open(browser, file, "", { width });
      for (const hash of everyHash()) {
        await page.evaluate((to) => { location.hash = to; }, hash);
        await page.waitForTimeout(30);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${hash} is ${over} px too wide at ${width}`);
      }
      await close();
    }
  },

  async "a chart tells what lies under the pointer, and a click on it opens the model"({ browser, file }) {
    const { page, close } = await open(browser, file, "#f=2");
    const dot = page.locator(".stage g[data-mark=dot] path").last();
    await dot.hover();
    await page.waitForSelector(".stage g[data-mark=tip] text");
    const text = await page.locator(".stage g[data-mark=tip]").textContent();
    assert.match(text, /parameters/);
    assert.match(text, /measured/);
    const box = await dot.boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForSelector(".view-model");
    await close();
  },

  async "dragging, Ctrl + wheel and the buttons zoom; Reset undoes it"({ browser, file }) {
    const { page, close } = await open(browser, file, "#f=2");
    const ticks = () => page.locator(".stage g[data-mark='y-axis tick label']").textContent();
    const before = await ticks();
    await page.locator(".stage svg").scrollIntoViewIfNeeded();
    const box = await page.locator(".stage svg").boundingBox();
    const zooms = [
      async () => {
        await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.7, { steps: 4 });
        await page.mouse.up();
      },
      () => page.click("button[aria-label='Zoom in']"),
      async () => {
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.keyboard.down("Control");
        await page.mouse.wheel(0, -400);
        await page.keyboard.up("Control");
      },
    ];
    for (const zoom of zooms) {
      await zoom();
      await page.waitForFunction(() => location.hash.includes("zoom="));
      assert.notEqual(await ticks(), before);
      await page.click("button:text('Reset')");
      await page.waitForFunction(() => !location.hash.includes("zoom="));
      assert.equal(await ticks(), before);
    }
    await close();
  },
};
