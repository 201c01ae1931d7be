// TOML 1.0 as far as scenario and own-figures files use it; anything else is refused with
// its line. A day is kept as text.

class Refusal extends Error {}

class TomlReader {
  constructor(text) {
    this.text = text.replace(/^\uFEFF/, "").replace(/\r\n/g, "\n");
    this.at = 0;
  }

  fail(what) {
    const line = this.text.slice(0, this.at).split("\n").length;
    throw new Refusal(`Line ${line}: ${what}`);
  }

  get next() {
    return this.text[this.at];
  }

  blanks() {
    while (this.next === " " || this.next === "\t") this.at += 1;
  }

  /** Blanks, line ends and comments. */
  space() {
    for (;;) {
      this.blanks();
      if (this.next === "#") while (this.next !== undefined && this.next !== "\n") this.at += 1;
      if (this.next !== "\n") return;
      this.at += 1;
    }
  }

  take(mark) {
    if (!this.text.startsWith(mark, this.at)) this.fail(`expected “${mark}”.`);
    this.at += mark.length;
  }

  lineEnd() {
    this.blanks();
    if (this.next === "#") while (this.next !== undefined && this.next !== "\n") this.at += 1;
    if (this.next !== undefined && this.next !== "\n") this.fail("expected the end of the line.");
  }

  read() {
    const root = Object.create(null);
    const defined = new Set();
    let [table, path] = [root, ""];
    for (this.space(); this.next !== undefined; this.space()) {
      if (this.next === "[") {
        const many = this.text.startsWith("[[", this.at);
        this.take(many ? "[[" : "[");
        const keys = this.keys();
        this.take(many ? "]]" : "]");
        this.lineEnd();
        path = JSON.stringify(keys);
        table = many ? this.another(root, keys) : this.table(root, keys);
        if (many) for (const one of defined) if (one.startsWith(path.slice(0, -1))) defined.delete(one);
        if (!many && defined.has(path)) this.fail(`the table ${keys.join(".")} is given twice.`);
        defined.add(path);
      } else {
        this.pair(table);
        this.lineEnd();
      }
    }
    return root;
  }

  keys() {
    const found = [];
    do {
      if (found.length) this.take(".");
      this.blanks();
      if (this.next === '"' || this.next === "'") found.push(this.string());
      else {
        const bare = /[A-Za-z0-9_-]+/y;
        bare.lastIndex = this.at;
        const match = bare.exec(this.text);
        if (!match) this.fail("expected a key.");
        this.at = bare.lastIndex;
        found.push(match[0]);
      }
      this.blanks();
    } while (this.next === ".");
    return found;
  }

  table(root, keys) {
    let table = root;
    for (const key of keys) {
      table[key] ??= Object.create(null);
      table = Array.isArray(table[key]) ? table[key][table[key].length - 1] : table[key];
      if (typeof table !== "object" || table === null) this.fail(`${key} is no table.`);
    }
    return table;
  }

  another(root, keys) {
    const table = this.table(root, keys.slice(0, -1));
    const last = keys[keys.length - 1];
    table[last] ??= [];
    if (!Array.isArray(table[last])) this.fail(`${last} is no list of tables.`);
    table[last].push(Object.create(null));
    return table[last][table[last].length - 1];
  }

  pair(table) {
    const keys = this.keys();
    this.take("=");
    const last = keys.pop();
    const within = this.table(table, keys);
    if (last in within) this.fail(`${last} is given twice.`);
    within[last] = this.value();
  }

  value() {
    this.blanks();
    if (this.next === '"' || this.next === "'") return this.string();
    if (this.next === "[") return this.list();
    if (this.next === "{") return this.inline();
    const plain = /[A-Za-z0-9_+.:-]+/y;
    plain.lastIndex = this.at;
    const match = plain.exec(this.text);
    if (!match) this.fail("expected a value.");
    const word = match[0];
    const found = this.plain(word);
    this.at = plain.lastIndex;
    return found;
  }

  plain(word) {
    if (word === "true" || word === "false") return word === "true";
    if (/^\d{4}-\d\d-\d\d$/.test(word)) return word;
    const digits = word.replace(/(\d)_(?=\d)/g, "$1");
    if (/^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(digits)) return Number(digits);
    return this.fail(`“${word}” is no number, text, true, false or day.`);
  }

  string() {
    const quote = this.next;
    const long = this.text.startsWith(quote.repeat(3), this.at);
    const close = long ? quote.repeat(3) : quote;
    this.at += close.length;
    if (long && this.next === "\n") this.at += 1;
    let found = "";
    while (!this.text.startsWith(close, this.at)) {
      if (this.next === undefined || (!long && this.next === "\n")) this.fail("a text has no end.");
      if (quote === '"' && this.next === "\\") found += this.escaped(long);
      else {
        found += this.next;
        this.at += 1;
      }
    }
    this.at += close.length;
    return found;
  }

  escaped(long) {
    this.at += 1;
    const mark = this.next;
    const simple = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
    if (mark in simple) {
      this.at += 1;
      return simple[mark];
    }
    if (mark === "u" || mark === "U") {
      const code = this.text.substr(this.at + 1, mark === "u" ? 4 : 8);
      if (!/^[0-9a-fA-F]+$/.test(code)) this.fail("a character is written with a wrong code.");
      this.at += 1 + code.length;
      return String.fromCodePoint(parseInt(code, 16));
    }
    if (long && /\s/.test(mark)) {
      while (this.next !== undefined && /\s/.test(this.next)) this.at += 1;
      return "";
    }
    return this.fail(`“\\${mark}” stands for no character.`);
  }

  list() {
    const found = [];
    this.take("[");
    for (this.space(); this.next !== "]"; this.space()) {
      if (this.next === undefined) this.fail("a list has no end.");
      found.push(this.value());
      this.space();
      if (this.next !== "]") this.take(",");
    }
    this.take("]");
    return found;
  }

  inline() {
    const found = Object.create(null);
    this.take("{");
    this.blanks();
    while (this.next !== "}") {
      this.pair(found);
      this.blanks();
      if (this.next !== "}") this.take(",");
      this.blanks();
    }
    this.take("}");
    return found;
  }
}

const KEY = /^[A-Za-z0-9_-]+$/;
const tomlKey = (name) => (KEY.test(name) ? name : JSON.stringify(name));

/** A value; numbers with a decimal point, which the library wants of shares and pounds. */
function tomlValue(value) {
  if (typeof value === "number") {
    const text = String(value);
    return /[.e]/.test(text) ? text : `${text}.0`;
  }
  if (typeof value === "object") {
    const inside = Object.entries(value).map(([key, one]) => `${tomlKey(key)} = ${tomlValue(one)}`);
    return `{ ${inside.join(", ")} }`;
  }
  return JSON.stringify(value).replace(/\x7f/g, "\\u007f");
}

function tomlBlock(header, values) {
  const lines = Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`);
  return [...(header ? [header] : []), ...lines].join("\n");
}
