/** Dial: which side moves more, with its interval. The scale runs as in the mirror: your left at the left. */

import { byId, say } from "./dom.js";
import { interval, known, number } from "./words.js";

const [FROM, TO] = [4, 296];
/** +1 (left only) lies at the left end. */
const place = (index) => (FROM + TO) / 2 - (index * (TO - FROM)) / 2;

export class Dial {
  show(asymmetry, why) {
    const { index, ci } = asymmetry ?? {};
    const [needle, band] = [byId("dial-needle"), byId("dial-ci")];
    needle.classList.toggle("unseen-shape", !known(index));
    band.classList.toggle("unseen-shape", !interval(ci, 2));
    if (!known(index)) return say(byId("dial-words"), why);
    needle.setAttribute("x", place(index) - 2);
    const range = interval(ci, 2);
    if (range) {
      const [left, right] = [place(Math.max(...ci)), place(Math.min(...ci))];
      band.setAttribute("x", left);
      band.setAttribute("width", Math.max(3, right - left));
    }
    const side = index > 0.005 ? "more at your left" : index < -0.005 ? "more at your right" : "both alike";
    const sure = range ? ` (95 %: ${range})` : "";
    return say(byId("dial-words"), `${number(index, 2)}${sure}: ${side}. +1 is your left only, \u22121 your right only.`);
  }
}
