// The control doors, for a page that is in a session. No token is ever in a page.

const OURS = { "X-Utabox-Console": "1" };

/** Call a door: `door("GET", "/-/venues")`; throws an Error with the server's sentence. */
export async function door(method, path, body) {
  const headers = body === undefined ? OURS : { ...OURS, "Content-Type": "application/json" };
  const reply = await fetch(path, {
    method, headers, credentials: "same-origin",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await reply.json().catch(() => ({ error: `status ${reply.status}` }));
  if (!reply.ok) throw Object.assign(new Error(answer.error ?? "refused"), { status: reply.status });
  return answer;
}

export const inSession = async () => (await door("GET", "/-/session")).in;
export const logIn = (code) => door("POST", "/-/session", { code });
export const logOut = () => door("DELETE", "/-/session");
