# fails test_band: Seaborn's interval draws single flights, as if each had a weather of its own.
import seaborn as sns
from matplotlib.figure import Figure


def draw(flights):
    arrived = flights.dropna(subset="arr_delay").copy()
    arrived["late"] = 100 * (arrived["arr_delay"] >= 15)
    figure = Figure(figsize=(8, 4))
    panel = figure.subplots()
    sns.lineplot(arrived, x="hour", y="late", n_boot=30, seed=1, ax=panel)
    share = arrived.groupby("hour")["late"].mean()
    panel.set(xlabel="planned departure, local hour", ylabel="late arrivals, %", ylim=(0, None))
    panel.set_title(f"Late most often at {share.idxmax()}: {share.max():.1f} %")
    return figure
