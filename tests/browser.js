// Functions of tests/browser.py that look at the page.

const isVisible = element => element.checkVisibility({visibilityProperty: true})

// Elements that reach beyond the window. Those in a region that scrolls do not count, unless the region is the page
// itself: then it holds the heading.
function wide() {
    const window = document.documentElement.clientWidth
    const cuts = element => getComputedStyle(element).overflowX !== 'visible' && !element.querySelector('h1')
    const isInRegion = element => {
        for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
            if (cuts(one)) return true
        return false
    }
    return [...document.body.querySelectorAll('*')]
        .map(element => [element, element.getBoundingClientRect()])
        .filter(([element, box]) => box.width > 1 && box.right > window + 1 && isVisible(element))
        .filter(([element]) => !isInRegion(element))
        .map(([element, box]) => `${Math.round(box.right)} px: ${element.outerHTML.slice(0, 160)}`)
}

// How an element looks, with those around it and in it: one of them shows the focus.
function looks(element) {
    const around = [element, ...[1, 2, 3].map(levels => {
        let one = element
        while (one && levels--) one = one.parentElement
        return one
    }), ...element.children]
    return around.filter(Boolean).map(one => {
        const style = getComputedStyle(one)
        return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor].join()
    }).join(';')
}

// Number what Tab must reach; of radio buttons, only the chosen one. Returns number → HTML.
function mark() {
    const elements = [...document.querySelectorAll('*')]
        .filter(one => one.tabIndex >= 0 && !one.disabled && isVisible(one) && one.tagName !== 'IFRAME')
        .filter(one => !one.closest('[inert], [aria-hidden=true]') && (one.type !== 'radio' || one.checked))
        // Arrow keys move inside a group of radio buttons.
        .filter(one => one.getAttribute('role') !== 'radio' || one.getAttribute('aria-checked') === 'true')
    return Object.fromEntries(elements.map((one, index) => {
        one.dataset.tab = index + 1
        one.looks = looks(one)
        return [one.dataset.tab, one.outerHTML.slice(0, 160)]
    }))
}

// Number of the element with the focus, and whether it looks different from before.
function focused() {
    const one = document.activeElement
    return [one.dataset.tab || '', Boolean(one.looks) && looks(one) !== one.looks]
}
