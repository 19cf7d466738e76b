/** Icons that a descriptor may name, as paths in a 24-pixel box; any other name is drawn as a cube. */

export const ICONS: Record<string, string> = {
  receiver: 'M4 5v14M8 12h12M15 7l5 5-5 5',
  stop: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM8 12h8',
  sinkhole:
    'M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4M12 5c-4 0-7 3-7 7 0 2 1 3.5 2 4.500M12 19c4 0 7-3 7-7 0-2-1-3.500-2-4.500M5 19l2-2.500M19 5l-2 2.500M4 5l3 2M20 19l-3-2',
  flask: 'M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3M7.500 15h9',
  megaphone: 'M4 10v4h3l8 4V6l-8 4zM18 9.500a4 4 0 0 1 0 5M8 14l1 5h2l-1-4',
  database:
    'M5 6c0-1.700 3-3 7-3s7 1.300 7 3-3 3-7 3-7-1.300-7-3v12c0 1.700 3 3 7 3s7-1.300 7-3V6M5 12c0 1.700 3 3 7 3s7-1.300 7-3',
  loop: 'M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5',
  filter: 'M3 5h18l-7 8v6l-4-2v-4z',
  map: 'M4 6h6v5H4zM14 13h6v5h-6zM10 8.500h4a3 3 0 0 1 3 3V13',
  cube: 'M12 3l8 4.500v9L12 21l-8-4.500v-9zM12 12l8-4.500M12 12v9M12 12L4 7.500',
  play: 'M7 4l13 8-13 8z',
  square: 'M6 6h12v12H6z',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  undo: 'M9 7H4V2M4 7c2-3 5-4 8-4a9 9 0 1 1-9 9',
  redo: 'M15 7h5V2M20 7c-2-3-5-4-8-4a9 9 0 1 0 9 9',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10',
  sun: 'M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10M12 1v3M12 20v3M1 12h3M20 12h3M4 4l2 2M18 18l2 2M4 20l2-2M18 6l2-2',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  close: 'M6 6l12 12M18 6L6 18',
  chevron: 'M6 9l6 6 6-6',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  collapse: 'M12 2v6M9 5.500L12 8.500l3-3M12 22v-6M9 18.500l3-3 3 3M5 12h14',
  expand: 'M12 9V3M9 6l3-3 3 3M12 15v6M9 18l3 3 3-3M5 12h14',
  skip: 'M5 5l9 7-9 7zM18 5v14',
};
