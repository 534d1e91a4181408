/** A password hash. */
export default async (require) => {
  // The glue takes any host with fetch for a browser.
  globalThis.fetch = undefined;
  const argon2 = require("argon2-browser");
  const { encoded, hashHex } = await argon2.hash({
    pass: "password",
    salt: "somesalt",
    time: 2,
    mem: 512,
    hashLen: 32,
  });
  return { encoded, hashHex };
};
