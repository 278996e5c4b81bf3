// What the page's scripts are checked against (make check-page): what the workbench answers, and what TypeScript does not know
// of browsers.

interface Row {
  sign: string;
  list: string;
  text: string;
}

// Described is a group as an answer has it; Group, as the page shows it.
interface Described {
  id: string;
  base: string;
  candidate: string;
  examples: string[];
  html: string;
}
interface Group extends Described {
  element: HTMLElement;
  example: number;
  drawn?: boolean;
  looking?: AbortController | null;
}

// Report is report.Fragment, and Part a part of the answer to an edit: see part in answer.go.
interface Report {
  groups?: Described[];
  above?: string;
  below?: string;
  more?: number;
}
type Part = { seq: number } & (
  | { part: "rows"; rows: string[]; touched: string }
  | ({ part: "report"; headline: string; texts: string[]; command: string } & Report)
  | { part: "end"; texts: string[] }
  | { part: "nothing"; headline: string }
  | { part: "error"; error: string }
);

// Walks are those of a crash: see report.Walks. A row is a frame: see walkData.row.
type WalkRow = [index: number, baseText: number, baseHow: number, baseLines: number, text: number, how: number, lines: number, differs: number];
interface Walk {
  title: string;
  rows: WalkRow[];
  more: number;
}
interface Walks {
  id: string;
  base: string;
  candidate: string;
  texts: string[];
  walks: Walk[];
  lines: Record<string, string>;
  error?: string;
}

// Suggested is lines that part a signature: see suggested in suggest.go.
interface Step {
  list: string;
  lines: string[];
  said: string;
}
interface Suggested {
  title: string;
  left?: string;
  steps: Step[];
  error?: string;
}

// Ask asks for more of the edit.
interface Ask {
  (path: "/walk", of: { id: string }, signal?: AbortSignal): Promise<Walks>;
  (path: "/suggest", of: { signature: string }, signal?: AbortSignal): Promise<Suggested>;
}

// Shown is what result gives.
interface Shown {
  show(report: Report): void;
  clear(): void;
  redraw(): void;
  look(text?: string): Promise<string>;
  steady(change: () => void): void;
  filter(text: string): string;
  shown(): HTMLElement[];
  marks: Map<string, string>;
  toggle(as: "meant" | "not", group?: Group): void;
  another(group?: Group): void;
  propose(): Promise<void>;
}

interface Window {
  request?: (path: string, options?: RequestInit) => Promise<Response>; // of a page without a server
}

interface URLSearchParams {
  readonly size: number;
}
declare function scrollBy(options: any): void; // at once: "instant"

// Which element it is, the scripts know from the page.
interface EventTarget {
  blur?: any;
  closest?: any;
  matches?: any;
  open?: any;
  parentElement?: any;
}
interface Element {
  checkVisibility(): boolean;
  dataset?: any;
  focus?: any;
  hidden?: any;
  href?: any;
  open?: any;
  scrollIntoView(options: any): void;
}
