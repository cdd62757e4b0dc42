/** Numbers that can be read from the back of a room: five rows of blocks. Pure. */
const ROWS = 5;
const GLYPHS: Record<string, readonly string[]> = {
  '0': ['█████', '█   █', '█   █', '█   █', '█████'],
  '1': ['  █  ', ' ██  ', '  █  ', '  █  ', ' ███ '],
  '2': ['█████', '    █', '█████', '█    ', '█████'],
  '3': ['█████', '    █', ' ████', '    █', '█████'],
  '4': ['█   █', '█   █', '█████', '    █', '    █'],
  '5': ['█████', '█    ', '█████', '    █', '█████'],
  '6': ['█████', '█    ', '█████', '█   █', '█████'],
  '7': ['█████', '    █', '   █ ', '  █  ', '  █  '],
  '8': ['█████', '█   █', '█████', '█   █', '█████'],
  '9': ['█████', '█   █', '█████', '    █', '█████'],
};

/** `times`: each block becomes so many columns and rows. */
export function largeNumber(value: number, times = 1): string[] {
  const digits = [...String(Math.max(0, Math.round(value)))];
  return Array.from({ length: ROWS }, (_, row) => {
    const text = digits.map((digit) => GLYPHS[digit]?.[row] ?? '').join('  ');
    return [...text].map((block) => block.repeat(times)).join('');
  }).flatMap((text) => Array.from({ length: times }, () => text));
}
