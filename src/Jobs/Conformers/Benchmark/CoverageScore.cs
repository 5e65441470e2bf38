using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>One method on one molecule against reference geometries, 2K conformers for K references. AMR in Angstrom.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Near">Coverage at 0.75 Angstrom.</param>
/// <param name="Wide">Coverage at 1 Angstrom.</param>
/// <param name="Conformers">Made.</param>
/// <param name="StereoErrors">Of these with another stereo than the molecule's.</param>
/// <param name="Failures">Conformers that could not be made.</param>
/// <param name="Reason">Why conformers are missing; null if none is.</param>
/// <param name="Seconds">Wall time of making them.</param>
public sealed record CoverageScore(string Method, EnsembleCoverage Near, EnsembleCoverage Wide, int Conformers, int StereoErrors,
    int Failures, string? Reason, double Seconds)
{
    private const double NearThreshold = 0.75, WideThreshold = 1; // Angstrom

    /// <summary>Runs a method and judges it.</summary>
    /// <param name="method">The method.</param>
    /// <param name="molecule">The molecule.</param>
    /// <param name="isomer">The stereo it must have.</param>
    /// <param name="references">K geometries.</param>
    /// <param name="rmsd">The molecule's distance.</param>
    /// <param name="seed">Everything random follows from it.</param>
    /// <param name="cancellation">Ends early with what there is.</param>
    public static CoverageScore Of(IConformerMethod method, RDKitMolecule molecule, Stereoisomer isomer, ReferenceEnsemble references,
        HeavyAtomRmsd rmsd, ulong seed, CancellationToken cancellation)
    {
        MethodResult result = method.Generate(molecule, 2 * references.Geometries.Count, seed, cancellation);
        double[,] distances = rmsd.Matrix(rmsd.Centre(references.Geometries), rmsd.Centre(result.Positions));
        for (int r = 0; r < distances.GetLength(0); r++)
            for (int g = 0; g < distances.GetLength(1); g++)
                distances[r, g] /= Units.NanometrePerAngstrom;
        return new(method.Name, EnsembleCoverage.Of(distances, NearThreshold), EnsembleCoverage.Of(distances, WideThreshold),
            result.Positions.Count,
            result.Positions.Count(x => !isomer.Contains(x)), result.Failures, result.Reason, result.Seconds);
    }
}
