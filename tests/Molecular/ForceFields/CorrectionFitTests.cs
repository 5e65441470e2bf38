using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.Corrections;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>A force field that learns another energy by terms that are linear in their parameters.</summary>
public sealed class CorrectionFitTests : IDisposable
{
    private readonly RDKitMolecule _molecule = RDKitMolecule.FromSmiles("CCO");
    private readonly SystemParameters _field;
    private readonly ReadOnlyMemory<float>[] _frames;
    private readonly ClassTwoCorrection _model;

    public CorrectionFitTests()
    {
        _field = Mmff94.Parameterise(Masses, _molecule.MmffTerms(MmffVariant.Mmff94s));
        _frames = Shaken(200, 1);
        _model = new(_molecule.Molecule, _molecule.SymmetryClasses(), _frames);
    }

    private double[] Masses => [.. _molecule.Molecule.Atoms.Select(a => a.Mass)];

    [Fact]
    public void What_its_terms_can_say_is_found()
    {
        // every feature as large as the others, some 0.5 kJ/mol
        var random = new RandomSource(3);
        double[] coefficients = [.. Enumerable.Range(0, _model.Count).Select(p =>
        {
            double[] unit = new double[_model.Count];
            unit[p] = 1;
            return 0.5 * random.NextNormal() / Spread([.. _frames.Take(40).Select(f => Energy(Only(unit), f))]);
        })];
        SystemParameters truth = _field with { Terms = [.. _field.Terms, .. _model.Tables(coefficients)] };
        CorrectionFit fit = Fitted(truth, 0);
        (double energies, double forces) = Errors(fit.Solve(1, 100, 1e-9), truth);
        (double without, double forcesWithout) = Errors(_field, truth);
        Assert.True(energies < 1e-3 * without && forces < 1e-3 * forcesWithout, $"{energies} of {without}, {forces} of {forcesWithout}");
    }

    [Fact]
    public void A_force_field_learns_another_and_the_prior_keeps_it_from_more()
    {
        SystemParameters sage = MoleculeEnergies.Create("sage-2.2.1", _molecule, charges: "gasteiger").Parameters!;
        CorrectionFit fit = Fitted(sage, 0);
        (double before, _) = Errors(_field, sage);
        (double energies, _) = Errors(fit.Solve(1, 100, 0.1), sage);
        (double held, _) = Errors(fit.Solve(1, 100, 1e9), sage);
        Assert.InRange(before, 3, 50);
        Assert.InRange(energies, 0, 0.15 * before);
        Assert.Equal(before, held, 0.02 * before);
    }

    [Fact]
    public void Equal_atoms_stay_equal()
    {
        SystemParameters sage = MoleculeEnergies.Create("sage-2.2.1", _molecule, charges: "gasteiger").Parameters!;
        SystemParameters fitted = Fitted(sage, 0).Solve(1, 100, 0.1);
        foreach (int[] map in _molecule.Automorphisms(100, out _))
        {
            float[] x = _frames[7].ToArray(), moved = new float[x.Length];
            for (int a = 0; a < map.Length; a++)
                x.AsSpan(3 * map[a], 3).CopyTo(moved.AsSpan(3 * a));
            Assert.Equal(Energy(fitted, x), Energy(fitted, moved), 1e-8);
        }
    }

    [Fact]
    public void Numbers_do_not_depend_on_threads()
    {
        SystemParameters sage = MoleculeEnergies.Create("sage-2.2.1", _molecule, charges: "gasteiger").Parameters!;
        Assert.Equal(Fitted(sage, 1).Solve(1, 100, 0.1).Fingerprint(), Fitted(sage, 3).Solve(1, 100, 0.1).Fingerprint());
    }

    [Fact]
    public void A_frame_of_a_high_energy_spoils_no_fit()
    {
        SystemParameters sage = MoleculeEnergies.Create("sage-2.2.1", _molecule, charges: "gasteiger").Parameters!;
        LabelledFrame[] frames = Labelled(sage, _frames);
        LabelledFrame wild = frames[0] with { Energy = frames[0].Energy + 1e5, Forces = [.. frames[0].Forces.Select(f => f + 1e5f)] };
        var fit = new CorrectionFit(_model, _field, frames[50].Energy, 0);
        fit.Add([.. frames.Skip(1), wild]);
        (double with, _) = Errors(fit.Solve(1, 100, 0.1), sage);
        (double without, _) = Errors(Fitted(sage, 0).Solve(1, 100, 0.1), sage);
        Assert.InRange(with, 0, 2 * without);
    }

    /// <summary>A cube that gains within thermal motion must not open a hole beyond it.</summary>
    [Fact]
    public void Far_from_what_was_seen_a_correction_is_constant()
    {
        double Stretched(double by) => Energy(new([12, 12], [new TwoBodyTable<BondCorrection>([0, 1], [900, -12_000, -3e6, 0.15])]),
            new float[] { 0, 0, 0, 0, 0, (float)(0.15 + by) });
        const double w = 0.015; // nm
        Assert.Equal(900 * w - 12_000 * w * w - 3e6 * w * w * w, Stretched(50), 1e-4);
        Assert.Equal(900 * 1e-4 - 12_000 * 1e-8, Stretched(1e-4), 2e-4);
    }

    public void Dispose() => _molecule.Dispose();

    private CorrectionFit Fitted(SystemParameters truth, int threads)
    {
        LabelledFrame[] frames = Labelled(truth, _frames);
        var fit = new CorrectionFit(_model, _field, frames[50].Energy, threads);
        fit.Add([.. frames[..64]]);
        fit.Add([.. frames[64..]]);
        Assert.Equal(frames.Length, fit.Frames);
        return fit;
    }

    /// <summary>Of fresh frames: standard deviation of energies, root mean square of forces.</summary>
    private (double Energies, double Forces) Errors(SystemParameters fitted, SystemParameters truth)
    {
        LabelledFrame[] exact = Labelled(truth, Shaken(60, 2)), found = Labelled(fitted, Shaken(60, 2));
        return (Spread([.. exact.Zip(found).Select(p => p.First.Energy - p.Second.Energy)]),
            Math.Sqrt(exact.Zip(found).Average(p => p.First.Forces.Zip(p.Second.Forces).Average(f => (f.First - f.Second)
                * (f.First - f.Second)))));
    }

    private static LabelledFrame[] Labelled(SystemParameters field, ReadOnlyMemory<float>[] frames)
    {
        var potential = new ForceFieldPotential(field);
        return [.. frames.Select(frame =>
        {
            double[] forces = new double[frame.Length];
            double energy = potential.EvaluateDouble([.. frame.ToArray().Select(v => (double)v)], forces);
            return new LabelledFrame(frame, energy, [.. forces.Select(f => (float)f)]);
        })];
    }

    private static double Energy(SystemParameters field, ReadOnlyMemory<float> frame) => Labelled(field, [frame])[0].Energy;

    private SystemParameters Only(double[] coefficients) => new(Masses, [.. _model.Tables(coefficients)]);

    private static double Spread(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }

    /// <summary>Embeddings that are shaken as heat would.</summary>
    private ReadOnlyMemory<float>[] Shaken(int count, ulong seed)
    {
        IReadOnlyList<float[]> places = _molecule.Embed(4, 11, TimeSpan.FromSeconds(60)).Conformers;
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, count).Select(n => new ReadOnlyMemory<float>([.. places[n % places.Count].Select(v =>
            v + (float)(0.004 * random.NextNormal()))]))];
    }
}
