// Shows the selected file before it is sent. The file does not leave the browser for that.

const preview = document.getElementById("preview");
let address = ""; // of what is shown: a blob of this page

const sizeInWords = (bytes) =>
  new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes / 1024) + " KB";

const hidePreview = () => {
  if (!preview) return;
  preview.hidden = true;
  preview.querySelector("iframe").removeAttribute("src");
  URL.revokeObjectURL(address);
};

const showPdf = (file) => {
  // Its type is ours, not the browser's guess by the name: never a web page, which would be one of the portal's own.
  address = URL.createObjectURL(new Blob([file], { type: "application/pdf" }));
  const seen = navigator.pdfViewerEnabled !== false;
  if (seen) preview.querySelector("iframe").src = `${address}#toolbar=0&navpanes=0&view=Fit`;
  preview.querySelector("iframe").hidden = !seen;
  preview.querySelector(".unseen").hidden = seen;
  preview.querySelector("a").href = address;
};

const showPicture = (file) => {
  const [image, reader] = [preview.querySelector("img"), new FileReader()];
  image.removeAttribute("src");
  reader.addEventListener("load", () => (image.src = reader.result));
  reader.readAsDataURL(file);
};

const showPreview = (file, isPdf) => {
  preview.querySelector("img").hidden = isPdf;
  preview.querySelector("a").hidden = !isPdf;
  for (const part of preview.querySelectorAll("iframe, .unseen")) part.hidden = true;
  if (isPdf) showPdf(file);
  else showPicture(file);
  document.getElementById("chosen").textContent = `${file.name} · ${sizeInWords(file.size)}`;
  preview.hidden = false;
};
