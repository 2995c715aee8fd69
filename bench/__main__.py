"""``python -m bench``: descend beside its peers, and beside the limit."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bench import denormals, estimators, footprint, graphs, inference, machine, mnist, report, training
from bench.measure import FULL, LEVELS, QUICK, ROOT, Pool
from bench.peers import PEERS, TRAINING_PEERS
from bench.workloads import WORKLOADS

PARTS = ("training", "inference", "mnist", "footprint", "denormals", "graphs", "estimators")
DATA = Path(os.environ.get("DESCEND_TEST_DATA", ROOT.parent / "shared" / "data"))


@click.command()
@click.argument("workloads", nargs=-1, type=click.Choice(list(WORKLOADS)))
@click.option("--threads", "-t", multiple=True, type=click.IntRange(1), default=(1, 2), show_default=True)
@click.option(
    "--peer", "-p", "peers", multiple=True, type=click.Choice(list(PEERS)), help="Only these; all by default."
)
@click.option(
    "--dtype", multiple=True, type=click.Choice(["float32", "float64"]), default=("float32", "float64")
)
@click.option("--part", multiple=True, type=click.Choice(PARTS), help="Only these; all by default.")
@click.option(
    "--level", type=click.Choice(list(LEVELS)), help="Keep descend and its peers to this level: v3 is AVX2."
)
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds; the numbers are rougher.")
@click.option(
    "--limit/--no-limit", "with_limit", default=True, help="Measure the limit of each workload too."
)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="The folder that holds mnist/.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=ROOT / "bench" / "results", show_default=True
)
@click.option("--publish", is_flag=True, help="Save as published.*, and put the tables into bench/README.md.")
def main(
    workloads: tuple[str, ...],
    threads: tuple[int, ...],
    peers: tuple[str, ...],
    dtype: tuple[str, ...],
    part: tuple[str, ...],
    level: str | None,
    quick: bool,
    with_limit: bool,
    data: Path,
    output: Path,
    publish: bool,
) -> None:
    """Measure WORKLOADS (all by default): every peer on the same work, in turn, once they agree."""
    effort = QUICK if quick else FULL
    parts = part or PARTS
    chosen = [name for name in PEERS if name in (peers or PEERS) and PEERS[name].dtype in dtype]
    for name in chosen.copy():
        absent = PEERS[name].missing or (level and PEERS[name].without_level)
        if absent:
            click.echo(absent)
            chosen.remove(name)
    trainers = [name for name in chosen if name in TRAINING_PEERS]
    results = report.Results(machine.describe(level))
    if machine.busy():
        click.echo("This machine is busy with something else: the numbers will be rough.")

    with Pool(level) as pool:
        results.failures = pool.failures
        try:
            for name in (workloads or WORKLOADS) if "training" in parts else ():
                with pool.tolerating(name):
                    for row in training.measure(pool, WORKLOADS[name], trainers, threads, effort, with_limit):
                        results.training.append(row)
                        click.echo(f"\n{report.training_table([row])}  ({row.threads} threads)")
            if "inference" in parts:
                with pool.tolerating("inference"):
                    results.inference = inference.measure(pool, chosen, threads, effort)
            if "mnist" in parts:
                if reason := mnist.missing(data / "mnist"):
                    click.echo(reason)
                else:
                    results.mnist = mnist.measure(pool, chosen, max(threads), data / "mnist")
            if "estimators" in parts:
                seeds = 2 if quick else estimators.SEEDS
                with pool.tolerating("estimators"):
                    for result in estimators.measure(pool, max(threads), data, dtype, seeds, click.echo):
                        results.estimators.append(result)
            if "denormals" in parts:
                results.denormals = denormals.measure(pool, chosen)
            if "graphs" in parts and "descend" in chosen:
                with pool.tolerating("graphs"):
                    results.graphs = graphs.measure(pool, max(threads))
            if "footprint" in parts:
                with pool.tolerating("footprint"):
                    results.footprint = footprint.measure(chosen)
        except KeyboardInterrupt:
            pool.failures.append("interrupted")
        with pool.tolerating("what the peers say of themselves"):
            results.software = pool.about()
            results.idle_share = pool.idle_share()

    click.echo(f"\n{results.as_text()}")
    publish = publish and "interrupted" not in pool.failures
    stem = "published" if publish else "latest"
    report.save(results, output, stem)
    click.echo(f"Saved as {output / stem}.json, .md and .png.")
    if publish:
        report.publish(results, ROOT / "bench" / "README.md")
    if pool.failures:
        raise click.ClickException("; ".join(pool.failures))


if __name__ == "__main__":
    main()
