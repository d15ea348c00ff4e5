/* global __COMMIT__ */
document.querySelector('#commit').textContent = __COMMIT__.slice(0, 7)
