using System.Diagnostics;
using System.Runtime.InteropServices;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>RDKit's ETKDGv3 (with its small-ring torsions), as embedded, or minimised in RDKit's MMFF94s.</summary>
/// <param name="minimise">Whether each conformer is minimised.</param>
public sealed class EtkdgMethod(bool minimise) : IConformerMethod
{
    private const int MostIterations = 2000; // of BFGS: drug-like molecules take some hundreds
    private const int Portion = 16; // an interrupt is heard in between

    /// <inheritdoc/>
    public string Name => minimise ? "ETKDGv3 + MMFF94s minimisation" : "ETKDGv3";

    /// <inheritdoc/>
    public MethodResult Generate(RDKitMolecule molecule, int count, ulong seed, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        (List<float[]> conformers, string? reason) = EtkdgEmbeddings.Embed(molecule, count, seed, null, 1, TimeSpan.MaxValue, null,
            cancellation);
        try
        {
            for (int done = 0; minimise && done < conformers.Count; done += Portion)
            {
                if (cancellation.IsCancellationRequested)
                    (conformers, reason) = (conformers[..done], "interrupted");
                else
                    Minimise(molecule, CollectionsMarshal.AsSpan(conformers)[done..Math.Min(done + Portion, conformers.Count)]);
            }
        }
        catch (ParameterizationException e)
        {
            (conformers, reason) = ([], e.Message);
        }
        return MethodResult.Equal(conformers, clock.Elapsed.TotalSeconds, count - conformers.Count, reason);
    }

    private static void Minimise(RDKitMolecule molecule, Span<float[]> conformers)
    {
        int size = 3 * molecule.Molecule.Atoms.Count;
        double[] x = new double[conformers.Length * size];
        for (int k = 0; k < x.Length; k++)
            x[k] = conformers[k / size][k % size];
        molecule.MmffMinimise(MmffVariant.Mmff94s, x, new double[conformers.Length], MostIterations);
        for (int k = 0; k < x.Length; k++)
            conformers[k / size][k % size] = (float)x[k];
    }
}
