/** What is said in the place of an item that is not shown as an object; loaded with what shows items. */
export const itemWords = {
  noObject: (text: string) => `No object: ${text}`,
  notKept: 'The studio no longer keeps this item. Run the flow again to see it.',
};
