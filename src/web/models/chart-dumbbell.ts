/** Two shares on one scale: where the segment stands (full) and where everyone does (ring). Of the size of a table row. */
export type Dumbbell = {
  width: number;
  height: number;
  middle: number;
  from: number;
  to: number;
  isMore: boolean;
  summary: string;
};

const WIDTH = 160;
const HEIGHT = 18;
const EDGE = 6;

export function dumbbell(
  shares: { members: number; everyone: number; most: number },
  summary: string,
): Dumbbell {
  const { members, everyone, most } = shares;
  const x = (share: number) => Math.round(EDGE + (share / Math.max(most, 0.01)) * (WIDTH - 2 * EDGE));
  return {
    width: WIDTH,
    height: HEIGHT,
    middle: HEIGHT / 2,
    from: x(everyone),
    to: x(members),
    isMore: members >= everyone,
    summary,
  };
}
