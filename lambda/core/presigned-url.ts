/**
 * Returns the time when a presigned URL expires, in seconds since 1970; undefined if the URL does not contain it.
 * CloudFormation presigns the URL of every event when it sends the event, always for the same duration, so these times have
 * the order of the events.
 */
export function expiryOf(url: string): number | undefined {
  const parameters = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  const signedAt = instantOf(parameters.get('X-Amz-Date'));
  const seconds = secondsOf(parameters.get('X-Amz-Expires'));
  if (signedAt !== undefined && seconds !== undefined) return signedAt + seconds;
  return secondsOf(parameters.get('Expires')); // Signature Version 2 contains the time of expiry
}

/** Reads the basic format of ISO 8601, for example '20261127T053000Z'. */
function instantOf(text: string | null): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(text));
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second] = found;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

function secondsOf(text: string | null): number | undefined {
  return /^\d{1,10}$/.test(String(text)) ? Number(text) : undefined;
}
