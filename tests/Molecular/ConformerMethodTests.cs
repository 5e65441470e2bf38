using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;

namespace MolSampling.Tests.Molecular;

/// <summary>The ways to make conformers that the benchmark compares.</summary>
public sealed class ConformerMethodTests
{
    private const string Smiles = "C[C@H](N)C(=O)NCCc1ccccc1";

    [Fact]
    public void Every_method_gives_what_is_asked_for_with_the_given_stereo_and_normalised_weights()
    {
        using var molecule = RDKitMolecule.FromSmiles("C[C@H](N)C=O");
        Stereoisomer isomer = GivenStereo.Of(molecule);
        foreach (Func<TimeSpan, IConformerMethod> make in new Func<TimeSpan, IConformerMethod>[] { _ => new EtkdgMethod(false),
            _ => new EtkdgMethod(true), _ => new ClusteredEtkdgMethod(), t => new SamplerMethod(ConformerMethod.ReplicaExchange, false, t),
            t => new SamplerMethod(ConformerMethod.ReplicaExchange, true, t), t => new SamplerMethod(ConformerMethod.Auto, false, t),
            _ => new TorsionFlowMethod(TorsionProposalKind.Tables), _ => new TorsionFlowMethod(TorsionProposalKind.ProductVonMises),
            _ => new TorsionFlowMethod(TorsionProposalKind.Fitted), _ => new TorsionFlowMethod(TorsionProposalKind.Fitted, 1000,
                minimise: true) })
        {
            (IConformerMethod method, MethodResult result) = Generate(make, 1);
            // basins are as many as were seen, samples as many as were asked for
            Assert.True((result.Failures, result.Reason) == (0, null) && (method is SamplerMethod { Minima: true }
                ? result.Positions.Count is > 0 and <= 20 : result.Positions.Count == 20),
                $"{method.Name}: {result.Positions.Count}, {result.Reason}");
            Assert.Equal(1, result.LogWeights.Sum(Math.Exp), 1e-9);
            Assert.All(result.Positions, x => Assert.True(x.Length == 3 * molecule.Molecule.Atoms.Count && isomer.Contains(x),
                method.Name));
            Assert.True(result.Seconds > 0);
        }

        // a crowded machine may leave no time for samples in the first limit
        (IConformerMethod, MethodResult) Generate(Func<TimeSpan, IConformerMethod> make, double seconds)
        {
            IConformerMethod method = make(TimeSpan.FromSeconds(seconds));
            MethodResult result = method.Generate(molecule, 20, 7, default);
            return result.Reason?.Contains("time limit", StringComparison.Ordinal) == true && seconds < 60 ? Generate(make, 4 * seconds)
                : (method, result);
        }
    }

    [Fact]
    public void Minimised_conformers_are_minima_of_RDKits_energy()
    {
        using var molecule = RDKitMolecule.FromSmiles(Smiles);
        double[] x = [.. new EtkdgMethod(true).Generate(molecule, 4, 1, default).Positions.SelectMany(p => p).Select(v => (double)v)],
            energies = new double[4], forces = new double[x.Length];
        molecule.MmffEnergies(MmffVariant.Mmff94s, x, energies, forces);
        Assert.InRange(forces.Max(Math.Abs), 0, 30); // kJ/mol/nm: positions are rounded to single precision
        double[] start = [.. new EtkdgMethod(false).Generate(molecule, 4, 1, default).Positions.SelectMany(p => p).Select(v => (double)v)],
            before = new double[4];
        molecule.MmffEnergies(MmffVariant.Mmff94s, start, before, []);
        Assert.All(energies.Zip(before), pair => Assert.True(pair.First < pair.Second - 10));
        Assert.Equal(4, molecule.MmffMinimise(MmffVariant.Mmff94s, start, before, 2000));
        // one step is not enough
        Assert.Equal(0, molecule.MmffMinimise(MmffVariant.Mmff94s,
            [.. new EtkdgMethod(false).Generate(molecule, 1, 1, default).Positions[0].Select(v => (double)v)], new double[1], 1));
    }

    [Fact]
    public void Clustered_conformers_lie_farther_apart_than_as_many_embedded_ones()
    {
        using var molecule = RDKitMolecule.FromSmiles(Smiles);
        var rmsd = new HeavyAtomRmsd(molecule);
        double MeanNearest(IConformerMethod method)
        {
            CentredGeometries x = rmsd.Centre(method.Generate(molecule, 20, 1, default).Positions);
            double[,] d = rmsd.Matrix(x, x);
            return Enumerable.Range(0, 20).Average(a => Enumerable.Range(0, 20).Where(b => b != a).Min(b => d[a, b]));
        }
        Assert.True(MeanNearest(new ClusteredEtkdgMethod()) > 1.2 * MeanNearest(new EtkdgMethod(false)));
    }

    [Fact]
    public void An_interrupt_and_a_molecule_without_types_are_results_with_a_reason()
    {
        using var molecule = RDKitMolecule.FromSmiles(Smiles);
        MethodResult none = new EtkdgMethod(false).Generate(molecule, 5, 1, new CancellationToken(true));
        Assert.Equal((0, 5, "interrupted"), (none.Positions.Count, none.Failures, none.Reason));
        using var boron = RDKitMolecule.FromSmiles("CB(O)O");
        MethodResult untyped = new EtkdgMethod(true).Generate(boron, 2, 1, default);
        Assert.Equal((0, 2), (untyped.Positions.Count, untyped.Failures));
        Assert.Contains("B", untyped.Reason, StringComparison.Ordinal);
        Assert.Equal(2, new EtkdgMethod(false).Generate(boron, 2, 1, default).Positions.Count);
    }

    [Fact]
    public void Embeddings_in_portions_have_one_isomer_and_are_no_ensemble()
    {
        using var molecule = RDKitMolecule.FromSmiles("CC(O)C(F)Cl"); // two open centres
        ConformerResult Run(int threads) => new ConformerSampler(new() { Method = ConformerMethod.Etkdg, Samples = 100,
            Threads = threads }).Run(molecule, "CC(O)C(F)Cl");
        ConformerResult result = Run(1);
        Assert.Equal((ConformerStatus.Partial, 100, false), (result.Status, result.Samples.Count, result.Diagnostics!.Converged));
        Assert.Contains("no Boltzmann ensemble", result.Reason, StringComparison.Ordinal);
        Assert.All(result.Samples.LogWeights, w => Assert.Equal(-Math.Log(100), w, 1e-12));
        int size = 3 * molecule.Molecule.Atoms.Count;
        string[] isomers = [.. result.Samples.Positions.Chunk(size).Select(x => molecule.SmilesOf(x)).Distinct()];
        Assert.Single(isomers);
        Assert.Contains(result.Notes, n => n.Contains(isomers[0], StringComparison.Ordinal));
        Assert.Equal(result.Samples.Positions, Run(2).Samples.Positions);

        // without a geometry to go by, each portion has the isomer of its first embedding
        Assert.True(new EtkdgMethod(false).Generate(molecule, 100, 1, default).Positions.Select(x =>
            molecule.SmilesOf(x)).Distinct().Count() > 1);
    }

    [Fact]
    public void Medoids_are_the_middles_of_clusters()
    {
        double[] points = [0, 1, 2, 100, 101, 102, 103, 104, 50];
        int[] medoids = MedoidClustering.Medoids(points.Length, 3, (p, others, d) =>
        {
            for (int n = 0; n < others.Length; n++)
                d[n] = Math.Abs(points[p] - points[others[n]]);
        }, 10);
        Assert.Equal([1, 50, 102], medoids.Select(m => points[m]).Order());
        Assert.Equal([0, 1], MedoidClustering.Medoids(2, 5, (_, _, _) => throw new InvalidOperationException("all are taken"), 10));
        Assert.Single(MedoidClustering.Medoids(6, 3, (_, _, d) => d.Clear(), 10)); // none differ
    }
}
