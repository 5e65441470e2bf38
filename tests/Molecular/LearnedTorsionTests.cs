using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.ForceFields;

namespace MolSampling.Tests.Molecular;

/// <summary>The main job by learned torsions.</summary>
public sealed class LearnedTorsionTests
{
    [Fact]
    public void Mirror_images_have_equal_populations_and_both_methods_agree()
    {
        // isobutyl chloride is its own mirror image: of the three rotamers two are mirror images of one another
        (ConformerResult jumps, ConformerResult exchange) = (Run("CC(C)CCl", new() { Method = ConformerMethod.Jumps }),
            Run("CC(C)CCl", new() { Method = ConformerMethod.ReplicaExchange, Seed = 2 }));
        Assert.Contains("jumps of 3 torsions fitted to the molecule's energies at one temperature", jumps.Method, StringComparison.Ordinal);
        Assert.Equal("replica exchange", exchange.Method);
        foreach (ConformerResult result in new[] { jumps, exchange })
        {
            (Basin first, Basin second, _) = Rotamers(result);
            Assert.Equal(first.RepresentativeEnergy, second.RepresentativeEnergy, 0.02);
            Assert.True(Math.Abs(first.Population - second.Population) < 4.5 * Math.Sqrt(first.PopulationError * first.PopulationError
                + second.PopulationError * second.PopulationError),
                $"{result.Method}: {first.Population:f3} ± {first.PopulationError:f3}, {second.Population:f3} ± {second.PopulationError:f3}");
        }
        (Basin a, Basin b) = (Rotamers(jumps).Own, Rotamers(exchange).Own);
        Assert.True(Math.Abs(a.Population - b.Population) < 4.5 * Math.Sqrt(a.PopulationError * a.PopulationError
            + b.PopulationError * b.PopulationError),
            $"{a.Population:f3} ± {a.PopulationError:f3}, {b.Population:f3} ± {b.PopulationError:f3}");
        Assert.True(jumps.Diagnostics!.JumpAcceptance > 0.1);

        // chlorine is gauche to both methyls in the one that is its own mirror image, which lies 1.2 kJ/mol below the two others
        static (Basin First, Basin Second, Basin Own) Rotamers(ConformerResult result)
        {
            Basin[] sorted = [.. result.Basins.OrderBy(b => b.RepresentativeEnergy)];
            Assert.Equal(3, sorted.Length);
            Assert.True(sorted[1].RepresentativeEnergy > sorted[0].RepresentativeEnergy + 1);
            return (sorted[1], sorted[2], sorted[0]);
        }
    }

    [Fact]
    public void Draws_of_torsions_have_the_weights_of_their_law()
    {
        ConformerResult result = Run("CCCO", new() { Target = ConformerTarget.Torsions, Samples = 3000 });
        Assert.Equal(ConformerStatus.Ok, result.Status);
        Assert.True(result.Diagnostics!.Weights!.EffectiveFraction > 0.9);
        Assert.InRange(result.Diagnostics.Weights.WalkersDivergence, -0.1, 0.1);
        Assert.Equal(1, result.Samples.LogWeights.Sum(Math.Exp), 1e-9);

        // populations of the C-C rotor by quadrature over all three torsions of the same rigid molecule
        using var molecule = RDKitMolecule.FromSmiles("CCCO");
        float[] x = result.Samples.Positions[..(3 * molecule.Molecule.Atoms.Count)];
        var potential = new ForceFieldPotential(Mmff94.Parameterise([.. molecule.Molecule.Atoms.Select(a => a.Mass)],
            molecule.MmffTerms(MmffVariant.Mmff94s)));
        var tree = new RotorTree(molecule.Molecule);
        int rotor = Enumerable.Range(0, tree.Rotors.Count).Single(r => molecule.Molecule.Atoms[tree.Rotors[r].To].AtomicNumber == 6
            && molecule.Molecule.Atoms[tree.Rotors[r].From].AtomicNumber == 6 && !tree.Rotors[r].IsTop);
        const int grid = 36;
        int points = grid * grid * grid;
        float[] angles = [.. Enumerable.Range(0, points).SelectMany(n => new[] { n % grid, n / grid % grid, n / grid / grid }).Select(k =>
            (float)(2 * Math.PI * k / grid - Math.PI))];
        double[] energies = new double[points];
        new RigidRotors(tree, potential, [x]).Evaluate(new int[points], angles, energies);
        double beta = new ThermodynamicState(300).Beta, least = energies.Min(), trans = 0, all = 0;
        for (int n = 0; n < points; n++)
        {
            double weight = Math.Exp(-beta * (energies[n] - least));
            all += weight;
            trans += Math.Abs(angles[3 * n + rotor]) > 2 * Math.PI / 3 ? weight : 0;
        }
        double drawn = 0;
        for (int s = 0; s < result.Samples.Count; s++)
            drawn += Math.Abs(tree.Angles(result.Samples.Positions.AsSpan(s * x.Length, x.Length))[rotor]) > 2 * Math.PI / 3
                ? Math.Exp(result.Samples.LogWeights[s]) : 0;
        Assert.Equal(trans / all, drawn, 0.045); // 4.5 standard errors of 3,000 draws; the grid's cells of 10 degrees are below
    }

    [Theory]
    [InlineData(ConformerTarget.Torsions)]
    [InlineData(ConformerTarget.AllAtom)]
    public void The_network_serves_a_molecule_without_a_fit(ConformerTarget target)
    {
        ConformerResult result = Run("CCCCO", new() { Method = ConformerMethod.Network, Target = target }),
            fitted = Run("CCCCO", new() { Target = target });
        Assert.Contains("torsions by the network", result.Method, StringComparison.Ordinal);
        Assert.Equal(ConformerStatus.Ok, result.Status);
        foreach (Basin basin in result.Basins.Where(b => b.Population > 0.05))
        {
            Basin other = fitted.Basins.MinBy(b => Math.Abs(b.RepresentativeEnergy - basin.RepresentativeEnergy)
                + 100 * Math.Abs(b.Population - basin.Population))!;
            double error = Math.Sqrt(basin.PopulationError * basin.PopulationError + other.PopulationError * other.PopulationError);
            Assert.True(Math.Abs(basin.Population - other.Population) < 4.5 * error,
                $"{basin.Population:f3}, {other.Population:f3} ± {error:f3}");
        }
    }

    [Theory]
    [InlineData("c1ccccc1", "no bond turns")]
    [InlineData("O", "no bond turns")]
    public void Torsions_are_not_sampled_where_there_are_none(string smiles, string reason)
    {
        ConformerResult result = Run(smiles, new() { Target = ConformerTarget.Torsions });
        Assert.True(result.IsInputError);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Chairs_and_nitrogens_are_local_structures_and_jumps_move_them()
    {
        using var molecule = RDKitMolecule.FromSmiles("CC1CCCCC1");
        (ConformerWork? work, _) = ConformerWork.Prepare(molecule, new() { Seed = 3 }, null, System.Diagnostics.Stopwatch.StartNew(),
            (_, _) => { }, default);
        var local = LocalStructures.Of(work!.Space, new RotorTree(work.Molecule).Rotors.Count, work.Potential, work.Seeds,
            work.Images(), 0, default);
        work.Dispose();
        Assert.True(local.Structures.Count >= 2); // equatorial and axial chairs
        for (int s = 0; s < local.Structures.Count; s++)
            Assert.Equal(s, local.StateOf(local.Structures[s], 1, 0));
        Assert.Contains(local.Energies, u => u - local.Energies[0] is > 4 and < 9); // axial above equatorial, by these minima
        ConformerResult result = ConformerRuns.Of("CC1CCCCC1", new() { Method = ConformerMethod.Jumps,
            TimeLimit = TimeSpan.FromSeconds(20) });
        Assert.EndsWith("local structures at one temperature", result.Method, StringComparison.Ordinal);
        Assert.Equal(ConformerStatus.Ok, result.Status);
        Assert.Equal(2, result.Basins.Count(b => b.Population > 0.01)); // both chairs, from even shares of all states
    }

    [Fact]
    public void Chains_that_have_not_mixed_chairs_are_not_called_converged()
    {
        ConformerResult chains = ConformerRuns.Of("CC1CCCCC1", new() { Method = ConformerMethod.Jumps,
            TimeLimit = TimeSpan.FromSeconds(20) }), draws = ConformerRuns.Of("CC1CCCCC1", new() { Method = ConformerMethod.TorsionFlow,
            Samples = 4000 });
        (Basin one, Basin other) = (chains.Basins[0], draws.Basins[0]);
        double error = Math.Sqrt(one.PopulationError * one.PopulationError + other.PopulationError * other.PopulationError);
        Assert.True(chains.Status == ConformerStatus.Partial || Math.Abs(one.Population - other.Population) < 4.5 * error,
            $"{chains.Status}: {one.Population:f3}, {other.Population:f3} ± {error:f3}");
    }

    [Fact]
    public void Many_rotors_are_left_to_replica_exchange_and_it_is_said()
    {
        ConformerResult result = ConformerRuns.FirstRound("CCCCCCCCCCCCCCCCCCCCCCCCCC", new() { HighestTemperature = 330 }); // few rungs
        Assert.Contains("torsions are learned of 24 at most", result.Method, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_of_the_reference_itself_is_zero_and_another_law_is_not()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCCC");
        ConformerResult sampled = Run("CCCC", new() { Method = ConformerMethod.Etkdg, Samples = 800 }); // any
        int size = 3 * molecule.Molecule.Atoms.Count;
        var own = new MethodResult([.. sampled.Samples.Positions.Chunk(size)], sampled.Samples.LogWeights, 1, 0, null);
        var reference = new TorsionReference(molecule, own, 300);
        Stereoisomer isomer = GivenStereo.Of(molecule);
        TorsionScore same = reference.Score("itself", own, isomer), other = reference.Score("one conformer",
            MethodResult.Equal([own.Positions[0]], 1, 0, null), isomer);
        Assert.Equal(0, same.Kl, 1e-12);
        Assert.Equal(0, same.Js, 1e-12);
        Assert.Equal(0, same.Wasserstein, 1e-9);
        Assert.Equal(0, same.StateError, 1e-12);
        Assert.Equal((0, 0), (same.StereoErrors, same.Clashes));
        Assert.True(other.Kl > 1 && other.Js > 0.2 && other.Wasserstein > 5 && other.StateError > 1);
    }

    private static ConformerResult Run(string smiles, ConformerOptions options)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        return new ConformerSampler(options).Run(molecule, smiles);
    }
}
