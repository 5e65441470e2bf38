namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>The free energy of a residue's backbone, F(phi, psi) = -RT ln p on 64 x 64 bins from -180 degrees, lowest bin 0.</summary>
/// <param name="Label">"ALA 2".</param>
/// <param name="FreeEnergies">[64 psi, 64 phi] kJ/mol, phi running fastest; NaN where no frame fell.</param>
/// <param name="Samples">Frames in it.</param>
public sealed record RamachandranMap(string Label, IReadOnlyList<double> FreeEnergies, int Samples)
{
    /// <summary>On each axis.</summary>
    public const int Bins = 64;

    /// <summary>Measures one residue.</summary>
    /// <param name="label">Name.</param>
    /// <param name="pair">Indices of phi and psi.</param>
    /// <param name="groups">Weighted samples.</param>
    /// <param name="thermalEnergy">RT, kJ/mol.</param>
    public static RamachandranMap Of(string label, (int Phi, int Psi) pair, IReadOnlyList<SampleGroup> groups, double thermalEnergy)
    {
        var sums = new double[Bins * Bins];
        int samples = 0;
        foreach (SampleGroup group in groups)
        {
            samples += group.Rows.Length;
            for (int n = 0; n < group.Rows.Length; n++)
            {
                int row = group.Rows[n];
                sums[TorsionProfile.Bin(group.Ladder.Angles[pair.Psi][row], Bins) * Bins
                    + TorsionProfile.Bin(group.Ladder.Angles[pair.Phi][row], Bins)] += group.Weights[n];
            }
        }
        double highest = sums.Max();
        return new(label, [.. sums.Select(s => s > 0 ? -thermalEnergy * Math.Log(s / highest) : double.NaN)], samples);
    }
}
