// Reads forms out of a page as a browser would: action, method, fields with their values, buttons.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

export function unescapeHtml(text) {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, entity) => {
    if (entity[0] !== '#') return ENTITIES[entity.toLowerCase()] ?? whole;
    const code = /^#x/i.test(entity) ? Number.parseInt(entity.slice(2), 16) : Number.parseInt(entity.slice(1), 10);
    return String.fromCodePoint(code);
  });
}

function attributesOf(tag) {
  const found = {};
  for (const [, name, double, single, bare] of tag.matchAll(/([a-z][\w-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi)) {
    found[name.toLowerCase()] ??= unescapeHtml(double ?? single ?? bare ?? '');
  }
  return found;
}

/** Every start tag `name` in `html`, as attributes. */
export function tags(html, name) {
  const pattern = new RegExp(`<${name}\\b((?:[^>"']|"[^"]*"|'[^']*')*)>`, 'gi');
  return [...html.matchAll(pattern)].map(([, inside]) => attributesOf(inside));
}

/** The forms of a page. */
export function forms(html) {
  return [...html.matchAll(/<form\b[\s\S]*?<\/form>/gi)].map(([form]) => {
    const [attributes] = tags(form, 'form');
    const inputs = tags(form, 'input');
    const hidden = {};
    for (const input of inputs) if (input.type === 'hidden') hidden[input.name] = input.value ?? '';
    return {
      action: attributes.action ?? '',
      method: (attributes.method ?? 'get').toUpperCase(),
      hidden,
      inputs,
      buttons: tags(form, 'button'),
    };
  });
}

export const loginForm = (html) => forms(html).find(({ inputs }) => inputs.some(({ name }) => name === 'password'));
export const consentForm = (html) => forms(html).find(({ buttons }) => buttons.some(({ name }) => name === 'decision'));
