using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Periodic;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Tests.Jobs;

[Collection("boxes of water")]
public sealed class SolvationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("solvation-").FullName;

    // a box so small that it is quick: its number is nobody's
    private static readonly SolvationConfig s_small = new()
    {
        Input = "C", Box = 1.25, Cutoff = 0.5, Time = 6, Equilibration = 1, Sets = 1, ChargeWindows = [1, 0],
        LennardJonesWindows = [0.6, 0.3, 0.1, 0],
    };

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_bit_and_is_analysed()
    {
        string whole = Path.Combine(_folder, "whole"), parts = Path.Combine(_folder, "parts");
        AlchemicalFile one = Sample(s_small, whole, int.MaxValue, 1), other;
        using (SolvationRun cut = Open(s_small, parts))
        {
            Stop(cut, 5);
            Assert.InRange(cut.Frames, 3, 8);
            Assert.False(cut.IsDone);
        }
        other = Sample(s_small, parts, int.MaxValue, 2);
        Assert.Equal(one.ReducedPotentials, other.ReducedPotentials);
        Assert.Equal(one.StateOfRow, other.StateOfRow);
        // every window once a frame; exchanges were made
        foreach (int[] frame in one.StateOfRow.Chunk(6))
            Assert.Equal(Enumerable.Range(0, 6), frame.Order());
        Assert.True(one.StateOfRow.Chunk(6).Distinct(new Same()).Count() > 1);
        SolvationResult result;
        using (SolvationRun done = Open(s_small, parts))
        {
            Assert.True(done is { IsDone: true, IsResumed: true });
            result = SolvationResult.Of(done, s_small, null, default);
        }
        Assert.Equal(result.Total, result.Charging.Value + result.LennardJones.Value + result.Pressure.Value, 1e-6);
        Assert.True(result.Pressure.Error > 0 && result.Error > result.Pressure.Error);
        Assert.True(result.Error > 0 && double.IsFinite(result.Total));
        Assert.InRange(result.Tail, -9, -3); // some (0.9/0.5)^3 of the -1.0 that it is at the usual cut-off
        // rows are differences of energies: those of the sampled window among them
        Assert.All(one.ReducedPotentials!, u => Assert.True(double.IsFinite(u)));
        // what an error takes is said by the first part, whatever came later; never less than it, and not without an end
        using (SolvationRun done = Open(s_small, parts))
        {
            SolvationConfig half = s_small with { Time = 5 };
            double usual = SolvationResult.TimeFor(done, half, 4);
            Assert.Equal((5, 5.0 * SolvationResult.MostStages), (SolvationResult.TimeFor(done, half, 1e3),
                SolvationResult.TimeFor(done, half, 1e-3)));
            Assert.InRange(SolvationResult.TimeFor(done, half, 2), usual, 4 * usual + 1);
            done.Sampled.Rows.RemoveRange(10, 2);
            Assert.Equal(usual, SolvationResult.TimeFor(done, half, 4));
        }
        // more time goes on; other settings, other files, damage do not
        using (SolvationRun longer = Open(s_small with { Time = 8 }, parts))
            Assert.True(longer is { IsDone: false, IsResumed: true, Frames: 12 });
        Assert.Contains("other settings", Assert.Throws<ArgumentException>(() => Open(s_small with { Seed = 2 }, parts)).Message,
            StringComparison.Ordinal);
        byte[] damaged = File.ReadAllBytes(Path.Combine(parts, "checkpoint.bin"));
        damaged[damaged.Length / 2] ^= 1;
        File.WriteAllBytes(Path.Combine(parts, "checkpoint.bin"), damaged);
        Assert.Contains("damaged", Assert.Throws<MolSampling.Molecular.MoleculeFormatException>(() => Open(s_small, parts)).Message,
            StringComparison.Ordinal);
        using SolvationRun anew = SolvationRun.Open(s_small, parts, 1, overwrite: true);
        Assert.Equal(0, anew.Frames);
    }

    /// <summary>Ends with A = (V - V*)^2/(2 kappa V*) at any volume nearby have the difference of their G; the volumes differ by the
    /// solute's.</summary>
    [Theory]
    [InlineData(6.45)]
    [InlineData(6.50)]
    [InlineData(6.58)]
    public void A_box_of_another_volume_has_the_free_energy_of_1_bar(double volume)
    {
        const double kappa = 5.7e-5, perBar = 1 / MolecularPressure.Bar, with = 6.55, without = 6.46; // 1/bar; nm^3 at 1 bar
        double compressibility = kappa / perBar; // nm^3 mol/kJ
        double A(double best) => (volume - best) * (volume - best) / (2 * compressibility * 6.5) - perBar * (volume - best);
        double P(double best) => -(volume - best) / (compressibility * 6.5) + perBar;
        var correction = PressureCorrection.Between((P(with), 0.5), (P(without), 0.5), volume, kappa);
        // G = A + pV is p V* at either end
        Assert.Equal(-(A(with) - A(without)) + perBar * (with - without), correction.Value, 0.02 * Math.Abs(A(with) - A(without)) + 1e-6);
        Assert.True(correction.Error > 0);
        Assert.Equal(0, PressureCorrection.Between((1, 0), (1, 0), volume, kappa).Value);
    }

    /// <summary>Turns alone have the torsion's law: of V = k (1 + cos phi) the mean of cos phi is -I_1(k/RT)/I_0(k/RT), and kept
    /// velocities or a forgotten inverse would not show, a wrong ratio does.</summary>
    [Fact]
    public void Turns_of_a_decoupled_solute_have_its_Boltzmann_law()
    {
        const double k = 4, beta = 0.4;
        ClassicalSystem peroxide = new()
        {
            Masses = [1.008, 15.999, 15.999, 1.008],
            Bonds = [new(0, 1, 0.097, 4e5), new(1, 2, 0.145, 2e5), new(2, 3, 0.097, 4e5)],
            Torsions = [new(0, 1, 2, 3, 1, 0, k)],
        };
        var topology = new Topology([new("H1", "H", 1, 0), new("O1", "O", 8, 0), new("O2", "O", 8, 0), new("H2", "H", 1, 0)],
            [new("HPO", "A", "1", 0, 4)], [new(0, 1), new(1, 2), new(2, 3)]);
        double[] x0 = [0.097, 0, 0, 0, 0, 0, 0, 0.145, 0, 0, 0.145, 0.097], x = [.. x0];
        var moves = new RotamerMoves(peroxide, topology, x0, beta, new RandomSource(3));
        Assert.Single(moves.Bonds);
        const int frames = 4000;
        double[] cosines = new double[frames];
        int changes = 0;
        for (int frame = 0; frame < frames; frame++)
        {
            changes += Math.Max(0, moves.Move(x, 2, frame));
            cosines[frame] = Math.Cos(Dihedral.Angle([.. x.Select(v => (float)v)], 0, 1, 2, 3));
        }
        double weight = 0, exact = 0;
        for (int n = 0; n < 3600; n++)
        {
            double c = Math.Cos(2 * Math.PI * n / 3600), p = Math.Exp(-beta * k * (1 + c));
            (weight, exact) = (weight + p, exact + p * c);
        }
        double error = Math.Sqrt(cosines.Select(c => c * c).Average() / frames); // five hundred turns a frame: independent
        Assert.Equal(exact / weight, cosines.Average(), 4 * error);
        Assert.True(changes > 10 * frames);
        // the same again, wherever it is asked
        double[] again = [.. x0], other = [.. x0];
        new RotamerMoves(peroxide, topology, x0, beta, new RandomSource(3)).Move(again, 2, 0);
        moves.Move(other, 2, 0);
        Assert.Equal(again, other);
    }

    /// <summary>An acid's other rotamer, whose dipole water likes, has to be seen there; an alcohol's three are one kind and two images;
    /// and where a run began does not matter: a start of either kind forgets it.</summary>
    [Fact]
    public void A_rotamer_that_water_never_had_is_named()
    {
        MolecularSystem acid = SystemLoader.Load(new() { Input = "CC(=O)O", ForceField = "sage-2.2.1", Constraints = "h-bonds" });
        RotamerMoves Of(MolecularSystem s) => new(s.Energy.Classical!, s.Topology, s.Starts[0], 0.4, new RandomSource(1));
        RotamerMoves moves = Of(acid);
        double syn = Assert.Single(moves.Angles(acid.Starts[0])), anti = syn > 0 ? syn - Math.PI : syn + Math.PI;
        Assert.Contains("degrees in water", moves.Unseen(0, [syn, syn + 0.3]), StringComparison.Ordinal);
        Assert.Null(moves.Unseen(0, [syn, anti]));
        double[] x = [.. acid.Starts[0]];
        int away = 0;
        for (int walker = 0; walker < 40; walker++)
        {
            float[] turned = [.. acid.Starts[0].Select(v => (float)v)];
            TorsionMove.Rotate(turned, 1, 0, moves.Bonds[0], Math.PI);
            double[] start = [.. turned.Select(v => (double)v)];
            moves.Begin(start, walker);
            away += Math.Abs(Math.IEEERemainder(moves.Angles(start)[0] - syn, 2 * Math.PI)) < 1 ? 1 : 0;
        }
        Assert.InRange(away, 34, 40); // the gas has nearly all of it in the lower one
        // gauche and its image are one, and trans is another with all but the same dipole
        RotamerMoves alcohol = Of(SystemLoader.Load(new() { Input = "CCO", ForceField = "sage-2.2.1", Constraints = "h-bonds" }));
        Assert.Null(alcohol.Unseen(0, [Math.PI / 3, Math.PI]));
        // an amide's hydrogens are exchanged by a turn: nothing is missing
        MolecularSystem amide = SystemLoader.Load(new() { Input = "CC(N)=O", ForceField = "sage-2.2.1", Constraints = "h-bonds" });
        RotamerMoves still = Of(amide);
        Assert.Null(still.Unseen(0, still.Angles(amide.Starts[0])));
    }

    [Theory]
    [InlineData("CCO", 1)] // not the methyl
    [InlineData("CC(=O)O", 1)]
    [InlineData("CC(N)=O", 1)]
    [InlineData("C/C=C/CO", 2)] // not the double bond
    [InlineData("c1ccccc1", 0)]
    [InlineData("CC", 0)]
    [InlineData("OCC(=O)NC1CC1", 4)]
    public void Bonds_that_turn_are_found_without_bond_orders(string smiles, int bonds)
    {
        MolecularSystem system = SystemLoader.Load(new() { Input = smiles, ForceField = "sage-2.2.1", Constraints = "h-bonds" });
        Assert.Equal(bonds, new RotamerMoves(system.Energy.Classical!, system.Topology, system.Starts[0], 0.4, new RandomSource(1))
            .Bonds.Count);
    }

    [Fact]
    public void What_cannot_be_done_is_one_line_before_any_work()
    {
        string folder = Path.Combine(_folder, "none");
        string Problem(SolvationConfig config) => Assert.ThrowsAny<ArgumentException>(() => Open(config, folder)).Message;
        Assert.Contains("net charge of +1", Problem(s_small with { Input = "C[NH3+]" }), StringComparison.Ordinal);
        Assert.Contains("half the box", Problem(s_small with { Box = 0.9 }), StringComparison.Ordinal);
        Assert.Contains("--box must lie between", Problem(s_small with { Box = 1e9 }), StringComparison.Ordinal);
        Assert.Contains("--cutoff must lie between", Problem(s_small with { Cutoff = 1e-9 }), StringComparison.Ordinal);
        Assert.Contains("larger than 6 nm", Problem(s_small with { Box = 9 }), StringComparison.Ordinal);
        Assert.Contains("2 molecules", Problem(s_small with { Input = "CCO.O" }), StringComparison.Ordinal);
        Assert.Contains("no multiple of 0.5 ps", Problem(s_small with { Time = 6.3 }), StringComparison.Ordinal);
        Assert.Contains("too small", Problem(s_small with { Input = "CCCCCCCCCCCC" }), StringComparison.Ordinal);
        Assert.Contains("--force-field sage-2.2.1", Problem(s_small with { ForceField = "mmff94s" }), StringComparison.Ordinal);
        Assert.Contains("--time", Problem(s_small with { Time = -1 }), StringComparison.Ordinal);
        Assert.Contains("begin at 1 and end at 0", Problem(s_small with { LennardJonesWindows = [0.5, 0.1] }), StringComparison.Ordinal);
        Assert.Contains("must fall", Problem(s_small with { ChargeWindows = [1, 0.2, 0.4, 0] }), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "mine.txt"), "");
        Assert.Contains("not empty", Problem(s_small), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "checkpoint.bin"), "somebody's");
        Assert.Contains("not empty", Problem(s_small), StringComparison.Ordinal);
        Assert.Equal("somebody's", File.ReadAllText(Path.Combine(folder, "checkpoint.bin")));
    }

    [Fact]
    public void A_run_that_was_stopped_before_its_first_checkpoint_begins_anew()
    {
        string folder = Path.Combine(_folder, "early");
        Open(s_small, folder).Dispose();
        Assert.Equal(["run.json"], Directory.GetFiles(folder).Select(Path.GetFileName));
        using SolvationRun again = Open(s_small, folder);
        Assert.False(again.IsResumed);
        // and nobody else's meanwhile
        Assert.Contains("another process", Assert.Throws<IOException>(() => Open(s_small, folder)).Message, StringComparison.Ordinal);
        Assert.Contains("another process", Assert.Throws<IOException>(() => SolvationRun.Open(s_small, folder, 1, true)).Message,
            StringComparison.Ordinal);
    }

    private static SolvationRun Open(SolvationConfig config, string folder) => SolvationRun.Open(config, folder, 1, false);

    private static AlchemicalFile Sample(SolvationConfig config, string folder, int frames, int threads)
    {
        using SolvationRun run = SolvationRun.Open(config, folder, threads, false);
        Stop(run, frames);
        return run.ToFile(0);
    }

    private static void Stop(SolvationRun run, int frames)
    {
        using var stop = new CancellationTokenSource();
        run.Run(_ =>
        {
            if (run.Frames >= frames)
                stop.Cancel();
        }, stop.Token);
    }

    private sealed class Same : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x!.SequenceEqual(y!);

        public int GetHashCode(int[] obj) => obj[0];
    }
}
