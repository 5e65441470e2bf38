namespace MolSampling.Sampling.Diagnostics;

/// <summary>What a published Kullback-Leibler figure of torsions was computed with.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Grid">Bins.</param>
/// <param name="Floor">Added to the share of every cell.</param>
/// <param name="PredictedFirst">KL(predicted||reference), which forgives missed modes; otherwise KL(reference||predicted) ("forward"),
/// which does not.</param>
public sealed record KullbackLeiblerConvention(string Name, HistogramGrid Grid, double Floor, bool PredictedFirst)
{
    /// <summary>One torsion, 32 bins, 1e-10, KL(predicted||reference). Two draws of 560 samples of one law score about 0.07 to
    /// 0.14.</summary>
    public static KullbackLeiblerConvention VonMisesNet { get; } = new("VonMisesNet", HistogramGrid.Torus(1, 32), 1e-10, true);

    /// <summary>(phi, psi), 64 x 64 bins, 1e-10 added to densities in rad^-2, forward. L. I. Midgley et al., ICLR 2023 (flow annealed
    /// importance sampling bootstrap).</summary>
    public static KullbackLeiblerConvention Fab { get; } = Ramachandran("FAB", 64);

    /// <summary>(phi, psi), 100 x 100 bins, otherwise as <see cref="Fab"/>. H. Schopmans, P. Friederich, ICML 2025 (temperature-annealed
    /// Boltzmann generators); weights there are clipped before, see <see cref="ImportanceWeights.Clip"/>.</summary>
    public static KullbackLeiblerConvention TaBg { get; } = Ramachandran("TA-BG", 100);

    private static KullbackLeiblerConvention Ramachandran(string name, int bins)
    {
        var grid = HistogramGrid.Torus(2, bins);
        return new(name, grid, 1e-10 * grid.CellVolume, false); // on shares, what 1e-10 is on densities
    }
}
