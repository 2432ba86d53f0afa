/** Text inside an XML element or attribute, as ActiveMQ escapes it. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Also of control characters, which no XML parser takes as they are. */
export function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to be found
  return text.replaceAll(/[&<>"'\u0000-\u0008\u000b-\u001f]/g, (character) => {
    return ENTITIES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
  });
}
