/** The files of `swagger-ui-dist` that the documentation page needs. The stack puts them beside the bundle, in this folder. */
export const DOCS_FILES = ['swagger-ui-bundle.js', 'swagger-ui.css'] as const;
export const DOCS_FOLDER = 'docs';
export const DOCS_START = 'start.js';
