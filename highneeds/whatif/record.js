// The record of the authority, the assumptions, the scenarios and their runs, as embedded.

const START = JSON.parse(document.getElementById("start").textContent);
