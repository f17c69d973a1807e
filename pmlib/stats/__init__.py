"""Plain numbers in, estimates out; no tables, no charts, no SQL."""

from pmlib.stats.clusters import Both, Sums, clustered_mean, clustered_share, clustered_share_difference
from pmlib.stats.means import Moments, mean, mean_difference, mean_lift
from pmlib.stats.power import people_needed, units_needed
from pmlib.stats.purchases import BgNbd, GammaGamma, bg_nbd, gamma_gamma
from pmlib.stats.scores import nps, nps_difference
from pmlib.stats.shares import share, share_difference, share_lift
from pmlib.stats.signals import signal
from pmlib.stats.spending import spending
from pmlib.stats.splits import srm
from pmlib.stats.strata import mix_and_rate, stratified_difference
from pmlib.stats.survival import LogRank, Survival, kaplan_meier, kaplan_meier_counts, log_rank
from pmlib.stats.trend import cochran_armitage, slope
from pmlib.stats.trials.families import holm

__all__ = [
    "BgNbd",
    "Both",
    "GammaGamma",
    "LogRank",
    "Moments",
    "Sums",
    "Survival",
    "bg_nbd",
    "clustered_mean",
    "clustered_share",
    "clustered_share_difference",
    "cochran_armitage",
    "gamma_gamma",
    "holm",
    "kaplan_meier",
    "kaplan_meier_counts",
    "log_rank",
    "mean",
    "mean_difference",
    "mean_lift",
    "mix_and_rate",
    "nps",
    "nps_difference",
    "people_needed",
    "share",
    "share_difference",
    "share_lift",
    "signal",
    "slope",
    "spending",
    "srm",
    "stratified_difference",
    "units_needed",
]
