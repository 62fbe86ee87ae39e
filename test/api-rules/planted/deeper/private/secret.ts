export const secret = 'no-import-private';
