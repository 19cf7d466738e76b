/** The type of a block that is dragged from the palette. */
export const BLOCK_MIME = 'application/x-ziggy-block';
