/* The pictures of the galleries are in the page once, in the album. */

section("mistakes", (root, data, album) => {
  for (const image of root.querySelectorAll("img[data-picture]")) {
    portray(image, Number(image.dataset.picture), album);
  }
});
