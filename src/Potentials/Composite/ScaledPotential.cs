using System.Numerics.Tensors;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>
/// A potential of which a part is weighed walker by walker, U_lambda(x) = U_0(x) + lambda U_1(x): the rungs of a Hamiltonian replica
/// exchange in one batch, at the cost of one evaluation. The forces of U_1 come first, are multiplied by each lane's lambda, and the other
/// part adds its own. U_1 is kept beside the energy, so the energy under any other lambda is known without an evaluation. At lambda = 1 it
/// is U_0 + U_1. H. Fukunishi, O. Watanabe, S. Takada, J. Chem. Phys. 116 (2002) 9058.
/// </summary>
public sealed class ScaledPotential : Potential
{
    private readonly Potential _scaled, _rest;

    /// <summary>Of any two potentials of the same atoms.</summary>
    /// <param name="rest">U_0; masses and support are its.</param>
    /// <param name="scaled">U_1.</param>
    /// <param name="scaledTerms">What U_1 is, for people; null for its name.</param>
    /// <exception cref="ArgumentException">Other atoms, or blocks of another width.</exception>
    public ScaledPotential(Potential rest, Potential scaled, IReadOnlyList<string>? scaledTerms = null)
    {
        if (rest.Dimension != scaled.Dimension || rest.BlockWidth != scaled.BlockWidth)
            throw new ArgumentException($"{rest.Name} ({rest.AtomCount} atoms, blocks of {rest.BlockWidth}) and {scaled.Name} ({scaled.AtomCount} atoms, blocks of "
                + $"{scaled.BlockWidth}) do not go together.");
        (_rest, _scaled, ScaledTerms) = (rest, scaled, scaledTerms ?? [scaled.Name]);
        Name = $"{rest.Name} + lambda ({string.Join(", ", ScaledTerms)})";
        Fingerprint = new SumPotential((1, rest), (1, scaled)).Fingerprint;
    }

    /// <summary>Splits a force field.</summary>
    /// <param name="parameters">The system.</param>
    /// <param name="terms">Names of the energies that are scaled, as in <see cref="ForceFieldPotential.EnergyNames"/>: all terms of a
    /// name.</param>
    /// <param name="lanes">The number type.</param>
    /// <exception cref="ArgumentException">A name that the system has no term for, or terms that only go together; the message lists
    /// them.</exception>
    public ScaledPotential(SystemParameters parameters, IReadOnlyList<string> terms, LaneKind lanes = LaneKind.Auto)
        : this(Part(parameters, terms, false, lanes), Part(parameters, terms, true, lanes), [.. Known(parameters).Where(terms.Contains)])
    {
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Fingerprint { get; }

    /// <summary>Names of the terms in U_1, in the system's order.</summary>
    public IReadOnlyList<string> ScaledTerms { get; }

    /// <inheritdoc/>
    public override int AtomCount => _rest.AtomCount;

    /// <inheritdoc/>
    public override int Dimension => _rest.Dimension;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => _rest.Masses;

    /// <inheritdoc/>
    public override int BlockWidth => _rest.BlockWidth;

    /// <inheritdoc/>
    public override Parallelism Parallelism => _scaled.Parallelism == Parallelism.OneBlock ? Parallelism.OneBlock : _rest.Parallelism;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => _scaled.IsTranslationInvariant && _rest.IsTranslationInvariant;

    /// <inheritdoc/>
    public override ISupport? Support => _rest.Support;

    /// <inheritdoc/>
    public override bool IsScaled => true;

    /// <inheritdoc/>
    public override IConstraints? Constraints => _rest.Constraints;

    /// <inheritdoc/>
    public override PeriodicBox? Box => _rest.Box;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        _scaled.EvaluateBlock(positions, forces, energies);
        _rest.AddBlock(1, positions, forces, energies);
    }

    /// <inheritdoc/>
    public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
        Span<double> energies, Span<double> scaledEnergies)
    {
        int width = BlockWidth;
        _scaled.EvaluateBlock(positions, forces, scaledEnergies);
        Span<float> factors = width <= 64 ? stackalloc float[width] : new float[width];
        for (int lane = 0; lane < width; lane++)
        {
            factors[lane] = (float)scales[lane];
            energies[lane] = scales[lane] * scaledEnergies[lane];
        }
        for (int row = 0; row < forces.Length; row += width)
            TensorPrimitives.Multiply(forces.Slice(row, width), factors, forces.Slice(row, width));
        _rest.AddBlock(1, positions, forces, energies);
    }

    /// <inheritdoc/>
    public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => EvaluateDouble(positions, 1, forces,
        out _);

    /// <summary>Energy and forces of one configuration in double precision.</summary>
    /// <param name="positions">[D] nm.</param>
    /// <param name="scale">lambda.</param>
    /// <param name="forces">[D] kJ/mol/nm of U_0 + lambda U_1, overwritten.</param>
    /// <param name="scaledEnergy">U_1, kJ/mol.</param>
    /// <returns>U_0 + lambda U_1, kJ/mol.</returns>
    public double EvaluateDouble(ReadOnlySpan<double> positions, double scale, Span<double> forces, out double scaledEnergy)
    {
        var rest = new double[forces.Length];
        double energy = _rest.EvaluateDouble(positions, rest);
        scaledEnergy = _scaled.EvaluateDouble(positions, forces);
        for (int k = 0; k < rest.Length; k++)
            forces[k] = scale * forces[k] + rest[k];
        return energy + scale * scaledEnergy;
    }

    private static string[] Known(SystemParameters parameters) => [.. parameters.FilledTerms.SelectMany(t => t.EnergyNames).Distinct()];

    private static ForceFieldPotential Part(SystemParameters parameters, IReadOnlyList<string> terms, bool chosen, LaneKind lanes)
    {
        string[] known = Known(parameters);
        if (terms.Count == 0)
            throw new ArgumentException($"A scaled potential needs the names of terms: {string.Join(", ", known)}.");
        foreach (string term in terms)
            if (!known.Contains(term))
                throw new ArgumentException($"The system has no term '{term}' to scale: it has {string.Join(", ", known)}.");
        HashSet<string> names = [.. terms];
        IEnumerable<TermTable?> tables = parameters.FilledTerms.Select(t => t.Split(names)).Select(p => chosen ? p.Chosen : p.Others);
        return new(parameters with { Terms = [.. tables.OfType<TermTable>()] }, lanes);
    }
}
