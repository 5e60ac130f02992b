// The part of the playground beside GraphiQL: the key, the price of the operation on the screen, the cost of the last
// run. It sends requests to this origin only, and shows texts of answers as texts.

/**
 * @typedef {{query: string | null, variables: string | null, headers: string | null, operationName: string | null}} Tab
 * @typedef {{tabs: Tab[], activeTabIndex: number}} Tabs
 * @typedef {{operation: string, id?: string, modelId?: string, page?: number, pageSize?: number,
 *   path: string[], count: number, from: string, reason: string}} PlannedCall
 * @typedef {{calls: PlannedCall[], expected: number, worstCase: number, budget: number, allowed: boolean,
 *   quotaLeft: number}} Plan
 * @typedef {{calls: number, cached: number, coalesced: number, stale: number, retries: number, waitMs: number,
 *   byOperation: Record<string, number>}} Cost
 * @typedef {{errors?: {message: string}[], extensions?: {explain?: Plan, upstream?: Cost}}} Answer
 * @typedef {{logo: string, tabs: unknown[], isExplainOn: boolean, workers: Record<string, string>}} Settings
 * @typedef {Record<string, string>} Headers
 */

/** @type {<E extends HTMLElement>(id: string, type: new () => E) => E} */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page lacks ${id}.`);
  return found;
}

const access = element('access', HTMLFormElement);
const keyField = element('key', HTMLInputElement);
const priceButton = element('price', HTMLButtonElement);
const plan = element('plan', HTMLElement);

/** @type {Settings} */
const settings = JSON.parse(element('settings', HTMLScriptElement).text);

// The key: in this tab until it is closed, and nowhere else.

const STORED_AS = 'pai-model-graph.key';

/** @type {Headers | null} */
let credential = JSON.parse(sessionStorage.getItem(STORED_AS) ?? 'null');

/** @param {Headers | null} headers */
function keepCredential(headers) {
  credential = headers;
  if (headers === null) sessionStorage.removeItem(STORED_AS);
  else sessionStorage.setItem(STORED_AS, JSON.stringify(headers));
  element('identity', HTMLElement).hidden = headers === null;
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * @param {string} text
 * @param {string} challenge of the server: the kinds of credentials that it takes
 * @returns {Headers}
 */
function toHeaders(text, challenge) {
  const secret = text.replace(/^Bearer +/i, '');
  const isToken = /bearer/i.test(challenge) && (TOKEN.test(secret) || !/apikey/i.test(challenge));
  return isToken ? { authorization: `Bearer ${secret}` } : { 'x-api-key': secret };
}

/** All requests that were refused wait for one answer. @type {Promise<void> | null} */
let asking = null;

/** @param {string} challenge */
function askForKey(challenge) {
  element('access-note', HTMLElement).textContent =
    credential === null
      ? 'It stays in this tab until you close it.'
      : 'The server does not accept this key.';
  keepCredential(null);
  access.hidden = false;
  keyField.focus();
  asking ??= new Promise((resolve) => {
    access.onsubmit = (event) => {
      event.preventDefault();
      keepCredential(toHeaders(keyField.value, challenge));
      keyField.value = '';
      access.hidden = true;
      asking = null;
      resolve();
    };
  });
  return asking;
}

// Requests.

/**
 * @param {unknown} body
 * @param {Headers} headers
 * @returns {Promise<Answer>}
 */
async function ask(body, headers) {
  const isOwn = Object.keys(headers).some((name) => /^(authorization|x-api-key)$/i.test(name));
  for (;;) {
    const used = isOwn ? null : credential;
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...used, ...headers },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.status !== 401 || isOwn) return answer;
    // Another request may have got a key in the meantime.
    if (used === credential) await askForKey(response.headers.get('www-authenticate') ?? '');
  }
}

/**
 * @param {{query: string, variables?: unknown, operationName?: string | null}} operation
 * @param {{headers?: Headers}} [options]
 */
async function runForGraphiql({ query, variables, operationName }, { headers = {} } = {}) {
  const startedAt = performance.now();
  // For a moment after the change of a tab, GraphiQL still gives the name of the operation in the former one.
  const name = query.includes(operationName ?? '') ? operationName : undefined;
  const answer = await ask({ query, variables, operationName: name }, headers);
  const isOfUser = operationName !== 'IntrospectionQuery';
  if (isOfUser) showCost(answer.extensions?.upstream, performance.now() - startedAt);
  return answer;
}

/**
 * @param {Cost | undefined} cost
 * @param {number} tookMs
 */
function showCost(cost, tookMs) {
  const shown = element('cost', HTMLOutputElement);
  if (cost === undefined) {
    shown.textContent = 'Last run: it was refused before it made a call.';
    return;
  }
  const operations = Object.entries(cost.byOperation).map(([name, calls]) => `${name} ${calls}`);
  shown.textContent = [
    `Last run: ${counted(cost.calls, 'PAI call')}${inBrackets(operations)}`,
    `${cost.cached} from the cache`,
    ...(cost.stale > 0 ? [`${cost.stale} stale`] : []),
    ...(cost.coalesced > 0 ? [`${cost.coalesced} shared`] : []),
    ...(cost.retries > 0 ? [counted(cost.retries, 'retry', 'retries')] : []),
    ...(cost.waitMs > 0 ? [`${cost.waitMs} ms waited for quota`] : []),
    `${Math.round(tookMs)} ms`,
  ].join(' · ');
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
function counted(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @param {string[]} texts */
function inBrackets(texts) {
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

// The price of the operation on the screen.

/** null: GraphiQL has reported no tab yet. @type {Tab | null} */
let shownTab = null;

/** The tab of the price that is shown. @type {Tab | null} */
let pricedTab = null;

/**
 * GraphiQL learns the name of an operation a moment after its text, and fills empty variables.
 *
 * @param {Tab} tab
 * @param {Tab} other
 */
function haveOnePrice(tab, other) {
  const names = [tab.operationName, other.operationName].filter((name) => name !== null);
  return (
    tab.query === other.query &&
    (tab.variables?.trim() || '{}') === (other.variables?.trim() || '{}') &&
    new Set(names).size < 2
  );
}

/** @param {Tabs} tabs */
function rememberTab({ tabs, activeTabIndex }) {
  shownTab = tabs[activeTabIndex] ?? null;
  // A price is not shown beside another operation.
  if (shownTab && pricedTab && !haveOnePrice(shownTab, pricedTab)) plan.hidden = true;
}

async function showPrice() {
  // GraphiQL reports a tab when it changes: selecting the one that is selected is a change, too.
  if (shownTab === null) selectedTab()?.click();
  if (shownTab === null) {
    // It shows no tab where there is one alone.
    showPlan('There is no price yet: edit the operation or run it first.', []);
    return;
  }
  const tab = shownTab;
  pricedTab = tab;
  const { sum, calls } = await priceOf(tab);
  // In the meantime the user may have gone on.
  if (pricedTab === tab && haveOnePrice(shownTab, tab)) showPlan(sum, calls);
}

/**
 * @param {Tab} tab
 * @returns {Promise<{sum: string, calls: PlannedCall[]}>}
 */
async function priceOf({ query, variables, headers, operationName }) {
  try {
    const operation = { query, variables: parse(variables), operationName };
    const answer = await ask({ ...operation, extensions: { explain: true } }, parse(headers));
    const explained = answer.extensions?.explain;
    if (explained) return { sum: sumOf(explained), calls: explained.calls };
    return { sum: answer.errors?.map(({ message }) => message).join(' ') ?? '', calls: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    return { sum: `There is no price: ${reason}`, calls: [] };
  }
}

/** @returns {HTMLElement | null} */
function selectedTab() {
  return document.querySelector('[role=tab][aria-selected=true] button');
}

/** @param {string | null} text */
function parse(text) {
  return text === null || text.trim() === '' ? {} : JSON.parse(text);
}

/** @param {Plan} explained */
function sumOf({ expected, worstCase, budget, allowed, quotaLeft }) {
  const sum = `${counted(expected, 'PAI call')} expected now, ${worstCase} at most. The budget is ${budget}; `;
  return allowed
    ? `${sum}${counted(quotaLeft, 'call')} may start in this second.`
    : `${sum}the server refuses to run it.`;
}

const COLUMNS = ['PAI operation', 'Of', 'Field', 'Calls', 'From', 'Why'];

/**
 * @param {string} sum
 * @param {PlannedCall[]} calls
 */
function showPlan(sum, calls) {
  element('plan-sum', HTMLElement).textContent = sum;
  element('plan-calls', HTMLElement).replaceChildren(...(calls.length > 0 ? [tableOf(calls)] : []));
  plan.hidden = false;
}

/** @param {PlannedCall[]} calls */
function tableOf(calls) {
  const table = document.createElement('table');
  addRow(table.createTHead(), 'th', COLUMNS);
  const body = table.createTBody();
  for (const call of calls) {
    const { operation, path, count, from, reason } = call;
    addRow(body, 'td', [operation, subjectOf(call), path.join('.'), `${count}`, from, reason]);
  }
  return table;
}

/** @param {PlannedCall} call */
function subjectOf({ id, modelId, page, pageSize }) {
  const subject = id ?? modelId;
  return [subject, page && `page ${page}, ${pageSize} rows`].filter(Boolean).join(', ');
}

/**
 * @param {HTMLTableSectionElement} section
 * @param {'th' | 'td'} kind
 * @param {string[]} texts
 */
function addRow(section, kind, texts) {
  const row = section.insertRow();
  for (const text of texts) {
    const cell = document.createElement(kind);
    cell.textContent = text;
    row.append(cell);
  }
}

/** React leaves nodes that it has not made in their place; where GraphiQL draws its toolbar anew, it has none. */
function placePriceButton() {
  const toolbar = document.querySelector('.graphiql-toolbar');
  if (toolbar && priceButton.parentElement !== toolbar) toolbar.append(priceButton);
}

// GraphiQL.

function start() {
  const root = element('root', HTMLDivElement);
  if (settings.isExplainOn) {
    priceButton.hidden = false;
    priceButton.onclick = showPrice;
    new MutationObserver(placePriceButton).observe(root, { childList: true, subtree: true });
  }
  element('plan-close', HTMLButtonElement).onclick = () => {
    plan.hidden = true;
  };
  element('forget', HTMLButtonElement).onclick = () => keepCredential(null);
  keepCredential(credential);
  const linked = new URL(location.href).searchParams.get('query');
  const isWide = matchMedia('(min-width: 641px)').matches;
  YogaGraphiQL.renderYogaGraphiQL(root, {
    title: document.title,
    logo: settings.logo,
    fetcher: runForGraphiql,
    // GraphiQL shows the query of the address on its first tab.
    defaultTabs: linked === null ? settings.tabs : [{ query: linked }, ...settings.tabs],
    onTabChange: rememberTab,
    // Headers may hold a secret: they are not stored.
    shouldPersistHeaders: false,
    showPersistHeadersSettings: false,
    // Those that GraphiQL has of itself: documentation and history.
    plugins: undefined,
    visiblePlugin: isWide ? 'Documentation Explorer' : undefined,
    defaultEditorToolsVisibility: isWide,
  });
}

const workers = Object.fromEntries(
  Object.entries(settings.workers).map(([label, text]) => [
    label,
    URL.createObjectURL(new Blob([text], { type: 'application/javascript' })),
  ]),
);
// GraphiQL's editor reads this when its script, which comes after this one, is loaded.
Object.assign(window, {
  MonacoEnvironment: {
    globalAPI: false,
    /** @type {(module: string, label: string) => string | undefined} */
    getWorkerUrl: (_, label) => workers[label],
  },
});
addEventListener('DOMContentLoaded', start);
