function luminance(hex) {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((one) => one + one) : hex.match(/[\da-f]{2}/gi)
  const [red, green, blue] = digits.map((two) => {
    const part = parseInt(two, 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** How much two colours (#rgb or #rrggbb) differ, as WCAG 2.2 defines it. */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}
