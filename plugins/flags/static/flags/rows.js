"use strict";
// Turns a textarea that holds JSON into rows of inputs and keeps the JSON in step with them.
(() => {
  const make = (tag, className, properties = {}) =>
    Object.assign(document.createElement(tag), { className, ...properties });

  const read = (area) => {
    try {
      const value = JSON.parse(area.value || "[]");
      return Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  };

  const write = (area, value) => {
    area.value = JSON.stringify(value);
    area.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const option = (value, label, selected) => make("option", "", { value, textContent: label, selected });

  const conditionRow = (box, options, entry, changed) => {
    const row = make("div", "flags-row");
    const attribute = make("input", `flags-attribute ${box.dataset.inputClass}`, {
      type: "text", placeholder: "attribute, e.g. country", value: entry.attribute || "",
    });
    attribute.setAttribute("aria-label", "Attribute");
    const operator = make("select", `flags-operator ${box.dataset.selectClass}`);
    operator.setAttribute("aria-label", "Operator");
    for (const known of options.operators) {
      operator.append(option(known.name, known.title, known.name === entry.operator));
    }
    const values = make("input", `flags-values ${box.dataset.inputClass}`, { type: "text" });
    values.setAttribute("aria-label", "Values");
    values.value = (entry.values || []).join(", ");
    const remove = make("button", "flags-remove", { type: "button", textContent: "✕", title: "Remove the condition" });
    const shape = () => {
      const known = options.operators.find((candidate) => candidate.name === operator.value);
      const segment = options.segmentOperators.includes(operator.value);
      attribute.hidden = segment;
      values.hidden = known.values === "none";
      values.placeholder = segment
        ? `segments: ${options.segments.join(", ") || "there are none yet"}`
        : known.values === "many" ? "values, separated by commas" : "value";
    };
    row.value = () => {
      const known = options.operators.find((candidate) => candidate.name === operator.value);
      const text = values.value.trim();
      const many = known.values === "many" ? text.split(",") : [text];
      return {
        attribute: attribute.hidden ? "" : attribute.value.trim(),
        operator: operator.value,
        values: known.values === "none" ? [] : many.map((part) => part.trim()).filter(Boolean),
      };
    };
    operator.addEventListener("change", () => { shape(); changed(); });
    attribute.addEventListener("input", changed);
    values.addEventListener("input", changed);
    remove.addEventListener("click", () => { row.remove(); changed(); });
    row.append(attribute, operator, values, remove);
    shape();
    return row;
  };

  const conditions = (box, area, options, stored) => {
    const rows = make("div", "");
    const changed = () => write(area, [...rows.children].map((row) => row.value()));
    const add = make("button", box.dataset.buttonClass, { type: "button", textContent: "+ Add condition" });
    const none = () => ({ attribute: "", operator: options.operators[0].name, values: [] });
    add.addEventListener("click", () => {
      const row = conditionRow(box, options, none(), changed);
      rows.append(row);
      changed();
      row.querySelector("input").focus();
    });
    for (const entry of stored) rows.append(conditionRow(box, options, entry, changed));
    box.append(rows, add);
  };

  const weights = (box, area, options, stored) => {
    const listed = stored.map((entry) => entry.variant);
    const names = [...listed, ...options.variants.filter((name) => !listed.includes(name))];
    const total = make("p", "flags-total");
    const inputs = new Map();
    const show = () => {
      const sum = [...inputs.values()].reduce((all, { input }) => all + (Number(input.value) || 0), 0);
      const used = [...inputs.values()].some(({ input }) => input.value !== "");
      const right = Math.abs(sum - 100) < 0.0005;
      total.textContent = !used ? "No percentages: the variant chosen above is served."
        : right ? "100 % in sum" : `${Number(sum.toFixed(3))} % in sum, 100 % is needed`;
      total.classList.toggle("flags-total-wrong", used && !right);
      for (const { input, bar } of inputs.values()) bar.style.width = `${Math.min(100, Number(input.value) || 0)}%`;
    };
    const changed = () => {
      show();
      const used = [...inputs].filter(([, { input }]) => input.value !== "");
      write(area, used.map(([variant, { input }]) => ({ variant, weight: Number(input.value) })));
    };
    for (const name of names) {
      const row = make("div", "flags-row");
      const entry = stored.find((candidate) => candidate.variant === name);
      const input = make("input", `flags-weight ${box.dataset.inputClass}`, {
        type: "number", min: 0, max: 100, step: "any", value: entry ? entry.weight : "",
      });
      input.setAttribute("aria-label", `Percentage of ${name}`);
      input.addEventListener("input", changed);
      const bar = make("span", "");
      const track = make("div", "flags-bar");
      track.append(bar);
      inputs.set(name, { input, bar });
      row.append(make("span", "flags-variant", { textContent: name }), input, "%", track);
      box.append(row);
    }
    box.append(total);
    show();
  };

  const enhance = (box) => {
    const area = box.querySelector("textarea");
    const stored = read(area);
    // What isn't a list stays as text, so that the error can be seen and mended.
    if (box.classList.contains("flags-rows-enhanced") || area.name.includes("__prefix__") || !stored) return;
    box.classList.add("flags-rows-enhanced");
    const build = box.dataset.kind === "weights" ? weights : conditions;
    build(box, area, JSON.parse(box.dataset.options), stored);
  };

  const enhanceAll = (root) => root.querySelectorAll(".flags-rows").forEach(enhance);

  document.addEventListener("DOMContentLoaded", () => enhanceAll(document));
  document.addEventListener("formset:added", (event) => enhanceAll(event.target));
})();
