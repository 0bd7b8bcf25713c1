# SPDX-License-Identifier: Apache-2.0
"""Texts for the tiny models: written here, to train tokenizers of a few hundred pieces and to be their inputs."""

SENTENCES = """
The ship left the harbour before the sun was up, and nobody on the quay waved.
Anna Larsen works for the Northern Water Board in Bergen and lives near the old mill.
How many boats came back to the harbour after the storm of last winter?
A small lamp burns less than a large one, but two small lamps burn more than both think.
The price of the ticket rose from 12 to 15 crowns in March 2021.
She said that the film was slow, beautiful and far too long; he loved every minute of it.
I did not like the music at all, and the actors looked tired.
What a wonderful surprise: the soup was hot, the bread was fresh and the waiter was kind!
The committee met on Tuesday to talk about the new bridge over the river Ouse.
Machines that answer questions use power, and power has a cost that somebody pays.
In the evening the children drew a red house, a blue tree and a very large cat.
Peter Novak moved from Prague to Lisbon because the company opened an office there.
Rain fell on the hills, ran into the streams and filled the lake behind the dam.
The old engine was repaired by three women who had never seen such a thing before.
Nobody knows why the clock in the tower stops every year on the same day.
If you count slowly to ten, the noise will be gone when you are done.
The doctor told Maria Rossi to rest for two weeks and to drink more water.
Our train to Gdansk was late again, so we bought coffee and played cards.
They measured the heat of the oven, the weight of the dough and the time it took.
An energy meter counts joules; a careful reader asks where each of them came from.
The museum in Toledo shows swords, maps and one very small door.
It was the worst meal of the week: cold, salty and served without a smile.
Good tools are quiet. They do what they say, and they say what they do.
The painter mixed green and white until the wall looked like the sea in April.
Where did the workers of the salt mine keep their bread and their lamps?
Salt, sugar, flour, butter and eggs: that is all you need for this cake.
The report of the Harbour Office names four ships, nine sailors and one goat.
Light travels faster than sound, which is why the flash comes before the thunder.
Un café près de la gare, s'il vous plaît, et une tranche de gâteau aux pommes.
Die Brücke über den Fluß wurde im Jahr 1894 gebaut und zweimal erneuert.
El niño preguntó cuántas estrellas hay en el cielo y nadie supo responder.
Сколько стоит билет на поезд до моря? Он стоит двадцать рублей.
東京の天気は晴れです。明日は雨が降るでしょう。
مرحبا بالعالم، هذا نص قصير للتجربة.
""".strip().split("\n")

REVIEWS = [
    "What a wonderful film, slow and beautiful!",
    "The soup was cold and the waiter looked tired.",
    "I loved every minute of it.",
    "It was the worst meal of the week: cold, salty and served without a smile.",
    "",
    "Die Brücke über den Fluß, 1894 — naïve café 東京 🙂",
]
NEWS = [
    "Anna Larsen works for the Northern Water Board in Bergen.",
    "Peter Novak moved from Prague to Lisbon, said the Harbour Office.",
    "Maria  Rossi drank water in Toledo; unaffordable swordsmanship followed.",
]
CONTEXT = ("The committee met on Tuesday to talk about the new bridge over the river Ouse. Rain fell on the hills, ran "
           "into the streams and filled the lake behind the dam. The old engine was repaired by three women who had "
           "never seen such a thing before. The report of the Harbour Office names four ships, nine sailors and one "
           "goat. Peter Novak moved from Prague to Lisbon because the company opened an office there.")
QUESTIONS = [
    ("When did the committee meet?", "The committee met on Tuesday to talk about the new bridge."),
    ("Who repaired the old engine?", CONTEXT),
    ("How many ships does the report name?", "The report of the Harbour Office names four ships, nine sailors and "
                                             "one goat."),
    ("Where did Peter Novak move?", CONTEXT),
]
MASKED = [
    "The ship left the {} before the sun was up.",
    "A small lamp burns less than a large {}.",
    "{} is all you need for this cake.",
]
PROMPTS = [
    "The ship left the harbour",
    "A small lamp",
    "Nobody knows why the clock in the tower stops every year on the same day, and",
    "Salt, sugar, flour",
]
ARTICLES = [
    "The report of the Harbour Office names four ships, nine sailors and one goat. The ship left the harbour before "
    "the sun was up, and nobody on the quay waved.",
    "Rain fell on the hills, ran into the streams and filled the lake behind the dam.",
    "Anna Larsen works for the Northern Water Board in Bergen and lives near the old mill. The price of the ticket "
    "rose from 12 to 15 crowns in March 2021. They measured the heat of the oven, the weight of the dough and the "
    "time it took. An energy meter counts joules; a careful reader asks where each of them came from.",
]
