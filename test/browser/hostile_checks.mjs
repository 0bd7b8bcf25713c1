// SPDX-License-Identifier: Apache-2.0
// A report that tries to break the page (hostile.mjs).
import assert from "node:assert/strict";
import { download, everyHash, open } from "./browser.mjs";

export const hostile = {
  async "every view stands, nothing runs, nothing is wider than the screen"({ browser, hostile: file }) {
    for (const width of [360, 1280]) {
      const { page, trouble, close } = await open(browser, file, "", { width });
      for (const hash of [...everyHash(), ...everyHash().map((one) => `${one}&extras=1&all=1&linear=1&per=word`), "#f=1&zoom=-5,5&linear=1", "#f=2&zoom=-5,5,-3,1"]) {
        await page.evaluate((to) => { location.hash = to; }, hash);
        await page.waitForTimeout(40);
        assert.ok((await page.locator("main .view").innerText()).length > 20, hash);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `${hash} is ${over} px too wide at ${width}`);
        assert.doesNotMatch(await page.locator("main").innerText(), /NaN|undefined|\[object/, hash);
      }
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.equal(await page.locator("main script, main img, header script").count(), 0);
      assert.deepEqual(trouble, []);
      await close();
    }
  },

  async "a model called <script> is shown as such"({ browser, hostile: file }) {
    const { page, close } = await open(browser, file, "#v=cells&extras=1&all=1");
    const kMarkup = "<script>window.hacked = 1</script>";
    await page.fill("input[type=search]", "<script>window.hacked = 1");
    const link = page.locator("tbody th a", { hasText: kMarkup }).first();
    await link.click();
    await page.waitForSelector(".view-model");
    assert.equal(await page.locator(".card h3").first().innerText(), kMarkup);
    assert.equal(await page.locator("h1").innerText(), kMarkup);
    const { rows } = await download(page);
    assert.ok(rows.some((row) => row.includes(kMarkup)));
    await close();
  },

  async "10,000 characters are clipped, and there in full on the model's page"({ browser, hostile: file }) {
    const { page, close } = await open(browser, file, `#v=model&m=${"x".repeat(10000)}`);
    assert.ok((await page.locator(".card h3").first().innerText()).length <= 120);
    await page.click("details.more summary");
    assert.equal(await page.locator("details.more bdi").innerText(), "x".repeat(10000));
    await close();
  },

  async "what a log axis cannot show is left out and counted"({ browser, hostile: file }) {
    const { page, close } = await open(browser, file, "#f=2");
    assert.match(await page.locator(".chart .note").innerText(), /\d+ marks? cannot be drawn on a log axis/);
    await close();
  },

  async "a formula in a name does not run in a spreadsheet"({ browser, hostile: file }) {
    const { page, close } = await open(browser, file, "#v=cells&extras=1&all=1");
    const { rows } = await download(page);
    assert.ok(rows.some((row) => row.includes("'=1+1")));
    assert.ok(!rows.flat().some((field) => /^[=@]/.test(field)));
    await close();
  },

  async "an empty, a wrong and a torn report say so"({ browser, hostile: file }) {
    const { readFileSync, writeFileSync, mkdtempSync, rmSync } = await import("node:fs");
    const { join } = await import("node:path");
    const { tmpdir } = await import("node:os");
    const folder = mkdtempSync(join(tmpdir(), "permille-browser-"));
    const html = readFileSync(file, "utf8");
    const open_tag = "id=\"report\">";
    const from = html.indexOf(open_tag) + open_tag.length;
    const to = html.indexOf("</script>", from);
    try {
      for (const [json, told] of [["", /cannot be read/], ["{\"cells\": [", /cannot be read/], ["[]", /permille\.report\/1/], ["{\"schema\":\"permille.report/2\"}", /permille\.report\/1/], ["{\"schema\":\"permille.report/1\"}", null]]) {
        const path = join(folder, "page.html");
        writeFileSync(path, html.slice(0, from) + json + html.slice(to));
        const { page, trouble, close } = await open(browser, path);
        if (told) assert.match(await page.locator(".problems").innerText(), told);
        else assert.equal(await page.locator(".problems").count(), 0);
        for (const hash of everyHash()) {
          await page.evaluate((to) => { location.hash = to; }, hash);
          await page.waitForTimeout(20);
          assert.ok((await page.locator("main .view").innerText()).length > 20, hash);
          assert.deepEqual(trouble, [], `${json} ${hash}`);
        }
        await close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
