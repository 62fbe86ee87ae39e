/*
 * The allowed forms of a line in the handler's log. Everything else is an error: for example an event, a presigned URL,
 * credentials or the content of a file.
 */

const QUOTED = "'[^']+'";
/** The key of a source object may contain any characters. */
const OBJECT = "'s3://.+'";
const CALLS = [
  'answer',
  'delete',
  "assume role 'arn:[^']+'",
  `(describe|create|update|delete) stream ${QUOTED}`,
  "describe video stream 'arn:[^']+'",
  "(list the tags of|tag|untag) 'arn:[^']+'",
  `(list|write|read|inspect|delete) ${OBJECT}`,
  "sign with key 'arn:[^']+'",
  `copy ${OBJECT}( \\(version [^)]+\\))? to bucket ${QUOTED}`,
  `read the (versioning|Object Lock configuration) of bucket ${QUOTED}`,
];
const FIELDS: Readonly<Record<string, RegExp>> = {
  stack: /^"arn:aws[a-z-]*:cloudformation:[a-z0-9-]+:\d{12}:stack\/[A-Za-z0-9-]+\/[0-9a-f-]+"$/,
  logicalId: /^"[A-Za-z0-9]{1,255}"$/,
  streamId: /^"([\w-]{1,128}|arn:aws[a-z-]*:kinesisvideo:[a-z0-9-]+:\d{12}:stream\/[\w.-]{1,256}\/\d+)"$/,
  call: new RegExp(`^"(${CALLS.join('|')})"$`),
  milliseconds: /^\d+$/,
  attempt: /^\d+$/,
  status: /^"(ok|\d{3}|[A-Z]\w+|kept: in use|left alone: (not ours|not created|created again since|unknown type Custom::\w+))"$/,
  problem: /^"(status \d{3}|[A-Z]\w+Error(: [A-Z_]+)?)"$/,
};
const ALWAYS = ['stack', 'logicalId', 'call', 'status'];

/** Describes what is wrong with a line; undefined if it is allowed. */
export function intrusionIn(line: string): string | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return `is not JSON: ${line}`;
  }
  const missing = ALWAYS.find((name) => !(name in fields));
  if (missing) return `has no '${missing}': ${line}`;
  const wrong = Object.entries(fields).find(([name, value]) => !FIELDS[name]?.test(JSON.stringify(value)));
  return wrong && `says something else in '${wrong[0]}': ${line}`;
}
