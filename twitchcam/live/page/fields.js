/** Fields: one question of the form. Each is a group with the question as its name, and help on demand. */

import { make } from "./dom.js";

/** What a number may also be given in: [words, how many of the question's unit]. Months as 30 days. */
const UNITS = {
  days: [["days", 1], ["weeks", 7], ["months", 30], ["years", 365]],
  hours: [["hours", 1], ["days", 24], ["weeks", 168], ["years", 8760]],
  "mg a day": [["mg a day", 1], ["cups of coffee a day", 100], ["cups of tea a day", 50], ["cans of cola a day", 40]],
};
const UNSURE = "not sure";

/**
 * Build a question. `onChange(value)` gets the answer, undefined for none.
 * @returns {{element: HTMLElement, focus: () => void}}
 */
export function makeField(item, value, onChange) {
  const id = `q-${item.key}`;
  const build = { yes_no: yesNo, choice, choices, number: item.options?.length ? steps : amount }[item.kind] ?? amount;
  const help = item.help ? make("details", { class: "help" }, make("summary", { text: "What is meant?" }), make("p", { text: item.help })) : "";
  const legend = make("legend", {}, make("span", { id: `${id}-text`, text: item.text }));
  const body = make("div", { class: "options" });
  const element = make("fieldset", { class: "question", id, "data-key": item.key }, legend, body, help);
  body.append(...build(item, value, onChange, id));
  return element;
}

function radios(item, options, value, onChange) {
  const all = [...options, { value: undefined, label: UNSURE }];
  return all.map((option) => {
    const input = make("input", { type: "radio", name: item.key, value: option.value ?? "" });
    input.checked = option.value === value && value !== undefined;
    input.addEventListener("change", () => input.checked && onChange(option.value));
    return make("label", { class: "pill" }, input, " ", option.label);
  });
}

const yesNo = (item, value, onChange) =>
  radios(item, [{ value: true, label: "yes" }, { value: false, label: "no" }], value, onChange);
const choice = (item, value, onChange) => radios(item, item.options, value, onChange);

function steps(item, value, onChange) {
  const options = item.options.map((option) => ({ value: Number(option.value), label: option.label }));
  return radios(item, options, value, onChange);
}

function choices(item, value, onChange) {
  const boxes = item.options.map((option) => ({ option, input: make("input", { type: "checkbox", name: item.key, value: option.value }) }));
  const none = make("input", { type: "checkbox", name: item.key, value: "" });
  for (const { option, input } of boxes) input.checked = value?.includes(option.value) ?? false;
  none.checked = value?.length === 0;
  const tell = () => {
    const chosen = boxes.filter(({ input }) => input.checked).map(({ option }) => option.value);
    onChange(chosen.length || none.checked ? chosen : undefined);
  };
  none.addEventListener("change", () => {
    if (none.checked) for (const { input } of boxes) input.checked = false;
    tell();
  });
  for (const { input } of boxes) {
    input.addEventListener("change", () => {
      if (input.checked) none.checked = false;
      tell();
    });
  }
  const label = (input, text) => make("label", { class: "pill" }, input, " ", text);
  return [...boxes.map(({ option, input }) => label(input, option.label)), label(none, "none of these")];
}

function amount(item, value, onChange, id) {
  const units = UNITS[item.unit] ?? [[item.unit, 1]];
  const [unit, factor] = bestUnit(units, value);
  const input = make("input", { type: "number", inputmode: "decimal", min: 0, step: "any", "aria-labelledby": `${id}-text`, "aria-describedby": `${id}-note` });
  if (value !== undefined) input.value = String(Number((value / factor).toFixed(3)));
  const pick = make("select", { "aria-label": `Unit: ${item.title}` }, ...units.map(([text]) => make("option", { value: text, text })));
  pick.value = unit;
  const note = make("span", { class: "wrong", id: `${id}-note` });
  const tell = () => {
    const times = units.find(([text]) => text === pick.value)[1];
    const given = input.value.trim() === "" ? undefined : Number(input.value) * times;
    const wrong = input.validity.badInput || (given !== undefined && !(given >= item.low && given <= (item.high ?? Infinity)));
    note.textContent = wrong ? `Please give a number from ${item.low}${item.high == null ? "" : ` to ${item.high}`} ${item.unit}, or leave it empty.` : "";
    input.setAttribute("aria-invalid", String(wrong));
    onChange(wrong ? undefined : given);
  };
  input.addEventListener("change", tell);
  pick.addEventListener("change", tell);
  return [input, units.length > 1 ? pick : make("span", { text: item.unit }), note];
}

/** The largest unit in which an answer is a round number. */
function bestUnit(units, value) {
  const round = units.filter(([, factor]) => value && units[0][0] !== "mg a day" && Number.isInteger(value / factor));
  return round[round.length - 1] ?? units[0];
}
