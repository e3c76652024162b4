// A sign-in in another tab changes the token of the forms here: each is sent with the present one.
document.addEventListener("submit", (event) => {
  const token = event.target.querySelector("input[name=csrfmiddlewaretoken]");
  const present = document.cookie.match(/(?:^|; )(?:__Host-|__Secure-)?csrftoken=([^;]+)/)?.[1];
  if (token && present) token.value = present;
}, true);
