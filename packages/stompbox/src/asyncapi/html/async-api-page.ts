/**
 * The document as one HTML file for people: no script, no font and no style from elsewhere, so it opens
 * from a disk, an attachment or behind any content policy that allows inline styles.
 */
import type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiMessage,
  AsyncApiOperation,
  Extension,
  JsonSchema,
  Reference,
} from '../async-api-types.js';
import { html, Markup } from './markup.js';
import { PAGE_STYLE } from './page-style.js';
import { schemaView } from './schema-view.js';

/** @param document what `asyncApiDocument` gives */
export function asyncApiPage(document: AsyncApiDocument): string {
  const { info } = document;
  const operations = Object.entries(document.operations);
  const view = new DocumentView(document);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} ${info.version}: messages</title>
<style>${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<header>
<h1>${info.title} <span class="faint">${info.version}</span></h1>
${info.description === undefined ? '' : html`<p>${info.description}</p>`}
<p class="faint">${plural(view.count('receive'), 'destination')} received from, ${view.count('send')} sent to.</p>
</header>
<nav aria-label="Contents"><ul>
<li><a href="#servers">Servers</a></li>
${operations.map(([id, { action, channel }]) => {
  const name = view.channelOf(channel).name;
  return html`<li><a href="#${id}">${action} <code>${name}</code></a></li>\n`;
})}<li><a href="#document">Document</a></li>
</ul></nav>
<main>
<section aria-labelledby="servers"><h2 id="servers">Servers</h2>${view.servers()}</section>
${view.section('receive', 'Receives')}
${view.section('send', 'Sends')}
${view.others()}
<section aria-labelledby="document"><h2 id="document">Document</h2>
<details><summary>The AsyncAPI ${document.asyncapi} document as JSON</summary>
<pre tabindex="0">${JSON.stringify(document, null, 2)}</pre></details></section>
</main>
<footer>Made by <code>stompbox asyncapi</code>.</footer>
</body>
</html>
`;
  return page.text;
}

class DocumentView {
  readonly #document: AsyncApiDocument;

  constructor(document: AsyncApiDocument) {
    this.#document = document;
  }

  count(action: AsyncApiOperation['action']): number {
    const all = Object.values(this.#document.operations);
    return new Set(all.filter((one) => one.action === action).map(({ channel }) => channel.$ref))
      .size;
  }

  servers(): Markup {
    const rows = Object.entries(this.#document.servers).map(
      ([name, { host, pathname, protocol, protocolVersion, security }]) => html`<tr>
<th scope="row">${name}</th><td><code>${protocol}://${host}${pathname}</code></td>
<td>STOMP ${protocolVersion}</td><td>${security === undefined ? 'none' : 'login and passcode'}</td></tr>`,
    );
    return html`<div class="scroll"><table><thead><tr><th scope="col">Name</th><th scope="col">Address</th>
<th scope="col">Protocol</th><th scope="col">Login</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  }

  section(action: AsyncApiOperation['action'], title: string): Markup {
    const found = Object.entries(this.#document.operations).filter(
      ([, operation]) => operation.action === action,
    );
    if (found.length === 0) return html``;
    return html`<section aria-labelledby="${action}"><h2 id="${action}">${title}</h2>
${found.map(([id, operation]) => this.#operation(id, operation))}</section>`;
  }

  /** Channels without an operation: what the configuration knows and nothing here uses. */
  others(): Markup {
    const used = new Set(
      Object.values(this.#document.operations).flatMap(({ channel, reply }) => [
        channel.$ref,
        reply?.channel.$ref,
      ]),
    );
    const unused = Object.entries(this.#document.channels).filter(
      ([id]) => !used.has(`#/channels/${id}`),
    );
    if (unused.length === 0) return html``;
    return html`<section aria-labelledby="others"><h2 id="others">Other destinations</h2>
${unused.map(
  ([id, channel]) => html`<article><header><h3><code>${nameOf(channel, id)}</code></h3></header>
${paragraph(channel.description)}${Object.keys(channel.messages).map((one) => this.#message(one, 'Message'))}</article>`,
)}</section>`;
  }

  channelOf({ $ref }: Reference): { readonly name: string; readonly channel: AsyncApiChannel } {
    const id = $ref.slice('#/channels/'.length);
    const channel = this.#document.channels[id] ?? { address: null, messages: {} };
    return { name: nameOf(channel, id), channel };
  }

  #operation(id: string, operation: AsyncApiOperation): Markup {
    const { name, channel } = this.channelOf(operation.channel);
    const extension = operation['x-stompbox'];
    return html`<article id="${id}"><header>
<h3><code>${name}</code></h3>
<span class="action ${operation.action}">${operation.action}</span>
${operation.title === undefined ? '' : html`<span class="faint">by ${operation.title}</span>`}
</header>
${paragraph(channel.description)}
${operation.messages.map(({ $ref }) => this.#message(lastOf($ref), 'Message'))}
${operation.reply?.messages.map(({ $ref }) => this.#message(lastOf($ref), 'Reply'))}
${extension === undefined ? '' : html`<h4>Handling</h4>${facts(extension)}`}
</article>`;
  }

  #message(id: string, heading: string): Markup {
    const message = this.#document.components.messages[id];
    if (message === undefined) return html``;
    return html`<h4>${heading} <span class="faint">${message.contentType}</span></h4>
${paragraph(message.description)}
${schemaView(message.payload as JsonSchema, (reference) => this.#schema(reference))}
${this.#details('Headers', message.headers)}${this.#payloadJson(message)}`;
  }

  #details(title: string, reference: Reference): Markup {
    const view = schemaView({ ...reference }, (found) => this.#schema(found));
    return html`<details><summary>${title}</summary>${view}</details>`;
  }

  #payloadJson({ payload }: AsyncApiMessage): Markup | undefined {
    const reference = payload['$ref'];
    const schema = typeof reference === 'string' ? this.#schema(reference) : undefined;
    if (schema === undefined) return undefined;
    return html`<details><summary>JSON Schema</summary>
<pre tabindex="0">${JSON.stringify(schema, null, 2)}</pre></details>`;
  }

  /** Follows a JSON Pointer through the document. */
  #schema(reference: string): JsonSchema | undefined {
    const keys = reference.slice(2).split('/').map(unescaped);
    let found: unknown = this.#document;
    for (const key of keys) {
      if (typeof found !== 'object' || found === null) return undefined;
      found = Reflect.get(found, key);
    }
    return typeof found === 'object' && found !== null ? (found as JsonSchema) : undefined;
  }
}

function unescaped(key: string): string {
  return decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
}

function nameOf(channel: AsyncApiChannel, id: string): string {
  return channel.address ?? channel.title ?? id;
}

function lastOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function paragraph(text: string | undefined): Markup | undefined {
  return text === undefined ? undefined : html`<p>${text}</p>`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function facts(extension: Extension): Markup {
  return html`<dl>${Object.entries(extension).map(
    ([name, value]) => html`<dt>${name}</dt><dd><code>${factText(value)}</code></dd>`,
  )}</dl>`;
}

function factText(value: unknown): string {
  if (Array.isArray(value)) return value.map(factText).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, item]) => `${key} ${factText(item)}`)
    .join(' · ');
}
