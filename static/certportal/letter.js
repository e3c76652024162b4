// Checks size and kind of a letter or evidence before upload.js sends it. The server decides in any case.

const form = document.getElementById("upload");
const field = form?.querySelector("input[type=file]");
const problem = document.getElementById("problem");
const progress = document.getElementById("progress");

const words = {};
for (const part of document.getElementById("words")?.content.children ?? []) words[part.dataset.name] = part.textContent;

const KINDS = [
  { name: "JPG", extensions: ["jpg", "jpeg"], begins: [0xff, 0xd8, 0xff] },
  { name: "PNG", extensions: ["png"], begins: [0x89, 0x50, 0x4e, 0x47] },
  { name: "GIF", extensions: ["gif"], begins: [0x47, 0x49, 0x46, 0x38] },
  { name: "PDF", extensions: ["pdf"], begins: [0x25, 0x50, 0x44, 0x46] },
];

const say = (sentence) => {
  problem.textContent = sentence;
  field.setCustomValidity(sentence);
};

const kindOf = async (file) => {
  const bytes = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  return KINDS.find((kind) => kind.begins.every((byte, at) => bytes[at] === byte));
};

const problemWith = (file, kind) => {
  if (file.size > Number(field.dataset.maxBytes)) return words.tooLarge.replace("%size%", file.size);
  if (file.size <= Number(field.dataset.minBytes)) return words.tooSmall.replace("%size%", file.size);
  const accepted = field.accept.split(",");
  if (!kind || !kind.extensions.some((extension) => accepted.includes(`.${extension}`)))
    return words.wrongKind.replace("%found%", kind ? kind.name : words.unknown);
  const extension = file.name.toLowerCase().split(".").pop();
  return kind.extensions.includes(extension) ? "" : words.wrongName.replace("%found%", kind.name);
};

const examine = async () => {
  const file = field.files[0];
  hidePreview();
  say("");
  if (!file) return;
  const kind = await kindOf(file);
  if (file !== field.files[0]) return; // another one was chosen meanwhile
  say(problemWith(file, kind));
  if (!problem.textContent) showPreview(file, kind.name === "PDF");
};

field?.addEventListener("change", examine);
if (field?.files.length) examine(); // it was selected before this script came, or the browser kept it
