// What there is to interact with, and under what consent.
export const PURPOSE = 'recommendations';
export const CATEGORIES = ['Comedy', 'Drama', 'Horror'];
export const ITEMS = Array.from({ length: 30 }, (_, at) => ({
  item: `i${at}`,
  title: `Item ${at}`,
  categories: [CATEGORIES[at % CATEGORIES.length]],
}));
export const categoryOf = (item) => CATEGORIES[Number(item.slice(1)) % CATEGORIES.length];
export const decision = { purpose: PURPOSE, method: 'faults', evidenceReference: 'urn:lacuna:faults' };
