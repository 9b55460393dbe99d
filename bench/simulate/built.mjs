// The built program's modules, under the types of their sources.

/**
 * @param {string} path from the root, without its ending
 * @returns {Promise<any>} to be cast to the source's type
 */
export async function built(path) {
  return await import(new URL(`../../build/${path}.js`, import.meta.url).href);
}
