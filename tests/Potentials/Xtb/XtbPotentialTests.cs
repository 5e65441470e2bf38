using System.Diagnostics;
using System.Globalization;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Xtb;

namespace MolSampling.Tests.Potentials.Xtb;

/// <summary>libxtb as a potential: its numbers are those of the xtb program, from every thread, whatever came before.</summary>
public sealed class XtbPotentialTests
{
    private static readonly int[] s_water = [8, 1, 1];
    private static readonly double[] s_masses = [15.999, 1.008, 1.008],
        s_place = [0.0, 0.0, 0.01173, 0.0, 0.07572, -0.04692, 0.0, -0.07572, -0.04692];

    public XtbPotentialTests() => Skip.IfNot(XtbLibrary.IsAvailable, XtbLibrary.Problem);

    /// <summary>Total energies that the xtb program 6.5.1 prints for this geometry (--gfn N --sp, --gbsa h2o), hartree.</summary>
    [SkippableTheory]
    [InlineData(XtbMethod.Gfn2, null)]
    [InlineData(XtbMethod.Gfn1, null)]
    [InlineData(XtbMethod.Gfn2, "water")]
    public void Energies_and_forces_are_those_of_the_program(XtbMethod method, string? solvent)
    {
        Skip.IfNot(File.Exists("/usr/bin/xtb"), "the program xtb is not here");
        using var potential = new XtbPotential(new(method, s_water) { Solvent = solvent }, s_masses);
        double[] forces = new double[9];
        double energy = potential.EvaluateDouble(s_place, forces);
        (double expected, double[] gradient) = Program(method == XtbMethod.Gfn2 ? 2 : 1, solvent is null ? null : "h2o");
        Assert.Equal(2625.4996394799 * expected, energy, 1e-3);
        const double unit = 2625.4996394799 / 0.0529177210903;
        for (int k = 0; k < 9; k++)
            Assert.Equal(-unit * gradient[k], forces[k], 0.2); // self-consistent to some 1e-6 hartree/bohr
    }

    [SkippableFact]
    public void The_same_geometry_gives_the_same_bytes_whatever_came_before_and_from_every_thread()
    {
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles("CCO");
        Embedding embedding = molecule.Embed(4, 7, TimeSpan.FromSeconds(60));
        using var potential = (XtbPotential)MoleculeEnergies.Create("gfn2", molecule).Potential;
        int size = potential.Dimension;
        double[][] places = [.. embedding.Conformers.Select(c => c.Select(v => (double)v).ToArray())];
        double[] first = [.. places.Select(x => potential.EvaluateDouble(x, new double[size]))],
            backwards = [.. places.Reverse().Select(x => potential.EvaluateDouble(x, new double[size])).Reverse()];
        Assert.Equal(first, backwards);
        double[] sideways = new double[64];
        float[] forces = new float[64 * size];
        potential.Evaluate([.. Enumerable.Range(0, 64).SelectMany(k => embedding.Conformers[k % places.Length])], sideways, forces, 8);
        for (int k = 0; k < sideways.Length; k++)
            Assert.Equal(first[k % places.Length], sideways[k]);
    }

    [SkippableFact]
    public void A_geometry_without_an_energy_is_not_a_number_and_harms_no_other()
    {
        using var potential = new XtbPotential(new(XtbMethod.Gfn2, s_water), s_masses);
        double[] forces = new double[9], coincident = [.. s_place], unknown = [.. s_place];
        double before = potential.EvaluateDouble(s_place, forces);
        coincident.AsSpan(3, 3).CopyTo(coincident.AsSpan(6, 3));
        Assert.True(double.IsNaN(potential.EvaluateDouble(coincident, forces)));
        Assert.NotNull(potential.LastReason);
        Assert.All(forces, f => Assert.True(double.IsNaN(f)));
        unknown[4] = double.NaN;
        Assert.True(double.IsNaN(potential.EvaluateDouble(unknown, forces)));
        Assert.Equal(before, potential.EvaluateDouble(s_place, forces));
        // also as the first geometry of its handles
        using var other = new XtbPotential(new(XtbMethod.Gfn2, s_water), s_masses);
        Assert.True(double.IsNaN(other.EvaluateDouble(coincident, forces)));
        Assert.Equal(before, other.EvaluateDouble(s_place, forces));
    }

    [SkippableTheory]
    [InlineData(new[] { 8, 1 }, 0, 0, null, "cannot have 0 unpaired")]
    [InlineData(new[] { 8, 1, 1 }, 1, 0, null, "9 electrons (net charge +1)")]
    [InlineData(new[] { 8, 1, 1 }, 0, -2, null, "unpaired")]
    [InlineData(new[] { 92 }, 0, 0, null, "element 92")]
    [InlineData(new int[0], 0, 0, null, "without atoms")]
    [InlineData(new[] { 8, 1, 1 }, 0, 0, "obc2", "no parameters for the solvent 'obc2'")]
    [InlineData(new[] { 8, 1, 1 }, 0, 0, "benzene", "no parameters for the solvent 'benzene'")]
    public void What_has_no_such_state_is_refused_in_one_line(int[] numbers, int charge, int unpaired, string? solvent, string reason)
    {
        var system = new XtbSystem(XtbMethod.Gfn2, numbers, charge, unpaired) { Solvent = solvent };
        string message = Assert.Throws<ArgumentException>(() => new XtbPotential(system, [.. numbers.Select(_ => 1.0)])).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [SkippableFact]
    public void Every_solvent_that_is_offered_has_parameters()
    {
        foreach (XtbMethod method in Enum.GetValues<XtbMethod>())
            foreach (string solvent in XtbSystem.SolventsOf(method))
            {
                using var potential = new XtbPotential(new(method, s_water) { Solvent = solvent }, s_masses);
                Assert.True(double.IsFinite(potential.EvaluateDouble(s_place, new double[9])),
                    $"{method} {solvent}: {potential.LastReason}");
            }
    }

    [SkippableFact]
    public void Charge_and_radicals_come_from_chemistry()
    {
        // from hydronium to ammonia a proton falls by 162 kJ/mol (proton affinities 853 and 691), and OH takes a hydrogen from methane by
        // 60: GFN2 knows such processes to some 60 kJ/mol, and a charge or spin that is lost costs hundreds
        Assert.InRange(Energy("[OH3+]") + Energy("N") - Energy("O") - Energy("[NH4+]"), 100, 220);
        Assert.InRange(Energy("[OH]") + Energy("C") - Energy("O") - Energy("[CH3]"), 0, 120);

        static double Energy(string smiles)
        {
            using RDKitMolecule molecule = RDKitMolecule.FromSmiles(smiles);
            using var potential = (XtbPotential)MoleculeEnergies.Create("gfn2", molecule).Potential;
            return potential.EvaluateDouble([.. molecule.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0].Select(v => (double)v)],
                new double[potential.Dimension]);
        }
    }

    [SkippableFact]
    public void The_folder_that_the_user_is_in_stays_as_it_is()
    {
        string[] before = Directory.GetFileSystemEntries(Environment.CurrentDirectory);
        using var potential = new XtbPotential(new(XtbMethod.Gfn2, s_water) { Solvent = "water" }, s_masses);
        potential.EvaluateDouble(s_place, new double[9]);
        Assert.Equal(before, Directory.GetFileSystemEntries(Environment.CurrentDirectory));
    }

    [SkippableFact]
    public void Solvents_and_charges_that_do_not_go_with_it_are_refused()
    {
        Assert.Contains("does not go with GFN2-xTB", Assert.Throws<ArgumentException>(() =>
            MoleculeEnergies.RequireFit("gfn2", "obc2", null)).Message, StringComparison.Ordinal);
        Assert.Contains("does not go with Sage", Assert.Throws<ArgumentException>(() =>
            MoleculeEnergies.RequireFit("sage-2.2.1", "water", null)).Message, StringComparison.Ordinal);
        Assert.Contains("goes with quantum chemistry", Assert.Throws<ArgumentException>(() =>
            MoleculeEnergies.RequireFit("ff14SB", "water", null, hasResidues: true)).Message, StringComparison.Ordinal);
        Assert.Contains("takes charges", Assert.Throws<ArgumentException>(() =>
            MoleculeEnergies.RequireFit("gfn2", "none", "gasteiger")).Message, StringComparison.Ordinal);
        MoleculeEnergies.RequireFit("gfn2", "chloroform", null);
    }

    /// <summary>The energy (hartree) and gradient (hartree/bohr) of the program.</summary>
    private static (double Energy, double[] Gradient) Program(int method, string? solvent)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string[] symbols = ["O", "H", "H"];
            File.WriteAllLines(Path.Combine(folder, "water.xyz"), ["3", "", .. symbols.Select((s, k) => string.Create(
                CultureInfo.InvariantCulture, $"{s} {10 * s_place[3 * k]:f8} {10 * s_place[3 * k + 1]:f8} {10 * s_place[3 * k + 2]:f8}"))]);
            var start = new ProcessStartInfo("/usr/bin/xtb", ["water.xyz", "--gfn", $"{method}", "--grad",
                .. solvent is null ? Array.Empty<string>() : ["--gbsa", solvent]])
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["OMP_NUM_THREADS"] = "1";
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output + errors.Result);
            double[] gradient = [.. File.ReadAllLines(Path.Combine(folder, "gradient")).Skip(5).Take(3).SelectMany(line =>
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(v => double.Parse(v.Replace('D', 'E'),
                    CultureInfo.InvariantCulture))];
            string total = output.Split('\n').Last(l => l.Contains("TOTAL ENERGY", StringComparison.Ordinal));
            return (double.Parse(total.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture), gradient);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
