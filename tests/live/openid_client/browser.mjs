// A small browser: cookies, forms read from the page, redirects followed inside the server, caught where they leave it.

const HOPS = 12;

const unescaped = (text) =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot));/gi, (_, decimal, hex, name) =>
    name ? { amp: "&", lt: "<", gt: ">", quot: '"' }[name] : String.fromCodePoint(decimal ?? parseInt(hex, 16)),
  );

const attributes = (tag) =>
  Object.fromEntries([...tag.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]));

/** The forms of a page: where each goes, and its hidden fields. */
export const forms = (page) =>
  [...page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head, body]) => ({
    action: attributes(head).action,
    fields: Object.fromEntries(
      [...body.matchAll(/<input\b[^>]*>/g)]
        .map(([tag]) => attributes(tag))
        .filter((input) => input.type === "hidden")
        .map((input) => [input.name, input.value]),
    ),
  }));

export class Browser {
  #issuer;
  #cookies = new Map();

  constructor(issuer) {
    this.#issuer = issuer;
  }

  /** The page that a URL leads to, or `left`: the first address outside the server. */
  async open(url, fields) {
    for (let hop = 0; hop < HOPS; hop += 1) {
      const answer = await this.#send(url, fields);
      const location = answer.headers.get("location");
      if (location === null) return { status: answer.status, page: await answer.text() };
      if (!location.startsWith(`${this.#issuer}/`)) return { left: location };
      [url, fields] = [location, undefined];
    }
    throw new Error(`${url} redirects in a circle`);
  }

  /** Send the form of a page that goes to `action`; without one the page stays as it is. */
  async submit(answer, action, more) {
    const form = answer.page === undefined ? undefined : forms(answer.page).find((one) => one.action === action);
    if (form === undefined) return answer;
    return this.open(this.#issuer + action, { ...form.fields, ...more });
  }

  async #send(url, fields) {
    const answer = await fetch(url, {
      method: fields ? "POST" : "GET",
      body: fields && new URLSearchParams(fields),
      headers: { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; ") },
      redirect: "manual",
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      this.#cookies.set(name, value);
    }
    return answer;
  }
}
