"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  };
  const compare = (a, b, column, sign) => {
    const x = key(a, column), y = key(b, column);
    if (x !== null && y !== null) return sign * (x - y);
    // What has no number stands last in either direction; words are in the order of the alphabet.
    if (x !== null || y !== null) return x === null ? 1 : -1;
    return sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const numbers = [...body.rows].some(row => key(row, column) !== null);
      const before = head.getAttribute("aria-sort");
      const down = before === null ? numbers : before === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...[...body.rows].sort((a, b) => compare(a, b, column, down ? -1 : 1)));
    });
  });
}
for (const details of document.querySelectorAll("details.view")) {
  // A view is a document with scripts of its own: it is made when somebody opens it, not before.
  details.addEventListener("toggle", () => {
    const frame = details.querySelector("iframe");
    if (details.open && !frame.srcdoc) frame.srcdoc = frame.dataset.document;
  });
}
