// A uPlot chart that follows its box and the theme; what it shows is set from outside, as often as frames come.
import uPlot from 'uplot'
import { type Colours, coloursOf, watchTheme } from './graph/colours.ts'

export interface ChartInit {
  /** Absent: as high as its box, which must not depend on it. */
  readonly height?: number
  /** Made anew when the theme changes. */
  readonly options: (colours: Colours) => Omit<uPlot.Options, 'width' | 'height'>
}

export class Chart {
  readonly #element: HTMLElement
  readonly #init: ChartInit
  readonly #ends: (() => void)[]
  #plot: uPlot
  #data: uPlot.AlignedData = [[]]

  constructor(element: HTMLElement, init: ChartInit) {
    this.#element = element
    this.#init = init
    this.#plot = this.#make()
    const resized = new ResizeObserver(() => this.#plot.setSize(this.#size()))
    resized.observe(element)
    const unwatch = watchTheme(() => {
      this.#plot.destroy()
      this.#plot = this.#make()
    })
    this.#ends = [() => resized.disconnect(), unwatch, () => this.#plot.destroy()]
  }

  show(data: uPlot.AlignedData): void {
    this.#data = data
    this.#plot.setData(data)
  }

  end(): void {
    for (const end of this.#ends) end()
  }

  #make(): uPlot {
    return new uPlot({ ...this.#init.options(coloursOf(this.#element)), ...this.#size() }, this.#data, this.#element)
  }

  #size(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.#element
    return { width: Math.max(80, clientWidth), height: this.#init.height ?? Math.max(80, clientHeight) }
  }
}

/** How axes look in every chart of the page. */
export function axis({ muted, faint }: Colours, more: Partial<uPlot.Axis>): uPlot.Axis {
  return {
    stroke: muted,
    font: '11px system-ui, sans-serif',
    grid: { stroke: faint, width: 1 },
    ticks: { show: false },
    ...more
  }
}
