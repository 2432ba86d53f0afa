/**
 * Names of elements in XStream's XML: what XML does not allow in a name is written with an underscore,
 * `$` as `_-`, `_` as `__`, any other character as `_.` and its code in four hexadecimal digits.
 */
const FIRST = '[A-Za-z:\\u00c0-\\u02ff\\u0370-\\u1fff\\u200c\\u200d\\u2070-\\ud7ff\\uf900-\\uffff]';
const WORD = new RegExp(`^${FIRST}(?:${FIRST}|[-.0-9\\u00b7])*$`);
const FIRST_UNIT = new RegExp(`^${FIRST}$`);
const LATER_UNIT = new RegExp(`^(?:${FIRST}|[-.0-9\\u00b7])$`);
/** What this reader takes as a name in XML. */
const XML_NAME = /^[^ \t\n\r<>&"'/=!?]+$/;

export function encodeXmlName(name: string): string {
  if (WORD.test(name)) return name;
  let encoded = '';
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charAt(index);
    if (unit === '_') encoded += '__';
    else if (unit === '$') encoded += '_-';
    else if ((encoded === '' ? FIRST_UNIT : LATER_UNIT).test(unit)) encoded += unit;
    else encoded += `_.${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
  return encoded;
}

/** The name that stands for; `undefined` if it is no name at all. */
export function decodeXmlName(encoded: string): string | undefined {
  if (!XML_NAME.test(encoded)) return undefined;
  if (!encoded.includes('_')) return encoded;
  return encoded.replace(
    /_(?:([_-])|\.([0-9a-f]{4}))/g,
    (_, mark: string | undefined, code: string) => {
      if (mark !== undefined) return mark === '_' ? '_' : '$';
      return String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}
