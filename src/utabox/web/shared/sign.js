// The exchange's signature, made in the page: no secret leaves it.

/** The four parts of the text that is signed, in their order. */
export function parts({ timestamp, apiKey, recvWindow, payload }) {
  return [
    ["timestamp", String(timestamp)],
    ["API key", apiKey],
    ["recv window", String(recvWindow)],
    ["payload", payload],
  ];
}

export const isRsa = (secret) => secret.includes("-----BEGIN");

/**
 * Sign a text: HMAC-SHA256 in lower-case hex, or with a private key in PEM
 * RSA PKCS#1 v1.5 over SHA-256 in base64.
 */
export async function sign(secret, text) {
  if (!globalThis.crypto?.subtle) {
    throw new Error(
      "this browser signs in secure places only: open the page as http://localhost or over https",
    );
  }
  const bytes = new TextEncoder().encode(text);
  if (!isRsa(secret)) {
    const key = await imported("raw", new TextEncoder().encode(secret), {
      name: "HMAC", hash: "SHA-256",
    });
    return hex(await crypto.subtle.sign("HMAC", key, bytes));
  }
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await imported("pkcs8", pkcs8(secret), algorithm);
  return base64(await crypto.subtle.sign(algorithm.name, key, bytes));
}

/** A private key as the clients read it: in PKCS#8, whichever frame it came in. */
export function pkcs8Pem(secret) {
  if (!/BEGIN RSA PRIVATE KEY/.test(secret)) return secret;
  const lines = base64(pkcs8(secret)).match(/.{1,64}/g).join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

async function imported(format, bytes, algorithm) {
  if (!bytes.length) throw new Error("the secret is empty");
  try {
    return await crypto.subtle.importKey(format, bytes, algorithm, false, ["sign"]);
  } catch {
    throw new Error("the private key cannot be read: give an RSA key in PEM, without a password");
  }
}

/** The DER of a PEM, in PKCS#8; one of the older PKCS#1 is put into its frame. */
function pkcs8(pem) {
  const found = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([\s\S]*?)-----END/.exec(pem);
  if (!found) throw new Error("the PEM has no private key: it begins with BEGIN PRIVATE KEY");
  let der;
  try {
    der = Uint8Array.from(atob(found[2].replace(/\s/g, "")), (c) => c.charCodeAt(0));
  } catch {
    throw new Error("the PEM is damaged: between its first and last line is no base64");
  }
  if (found[1] === "PRIVATE KEY") return der;
  const rsa = [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
  return tagged(0x30, [2, 1, 0, ...rsa, ...tagged(4, der)]);
}

function tagged(tag, content) {
  const length = content.length;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length]
    : [0x82, length >> 8, length & 255];
  const whole = new Uint8Array(1 + size.length + length);
  whole.set([tag, ...size]);
  whole.set(content, 1 + size.length);
  return whole;
}

const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
