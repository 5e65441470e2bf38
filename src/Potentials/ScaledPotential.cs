using System.Numerics.Tensors;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials;

/// <summary>
/// A force field of which some terms are weighed walker by walker, U_lambda(x) = U_0(x) + lambda U_1(x): the rungs of a Hamiltonian replica exchange in one batch, at the cost of one
/// evaluation. The forces of U_1 come first, are multiplied by each lane's lambda, and the other terms add theirs. U_1 is kept beside the energy, so the energy under
/// any other lambda is known without an evaluation. At lambda = 1 it is the force field itself.
/// H. Fukunishi, O. Watanabe, S. Takada, J. Chem. Phys. 116 (2002) 9058.
/// </summary>
public sealed class ScaledPotential : Potential
{
    private readonly ForceFieldPotential _scaled, _rest;

    /// <summary>Splits a system.</summary>
    /// <param name="parameters">The system.</param>
    /// <param name="terms">Names of the energies that are scaled, as in <see cref="ForceFieldPotential.EnergyNames"/>: all terms of a name.</param>
    /// <param name="lanes">The number type.</param>
    /// <exception cref="ArgumentException">A name that the system has no term for, or terms that only go together; the message lists them.</exception>
    public ScaledPotential(SystemParameters parameters, IReadOnlyList<string> terms, LaneKind lanes = LaneKind.Auto)
    {
        string[] known = [.. parameters.FilledTerms.SelectMany(t => t.EnergyNames).Distinct()];
        if (terms.Count == 0)
            throw new ArgumentException($"A scaled potential needs the names of terms: {string.Join(", ", known)}.");
        foreach (string term in terms)
            if (!known.Contains(term))
                throw new ArgumentException($"The system has no term '{term}' to scale: it has {string.Join(", ", known)}.");
        var chosen = terms.ToHashSet();
        (TermTable? Chosen, TermTable? Others)[] parts = [.. parameters.FilledTerms.Select(t => t.Split(chosen))];
        ScaledTerms = [.. known.Where(chosen.Contains)];
        _scaled = new(parameters with { Terms = [.. parts.Select(p => p.Chosen).OfType<TermTable>()] }, lanes);
        _rest = new(parameters with { Terms = [.. parts.Select(p => p.Others).OfType<TermTable>()] }, lanes);
    }

    /// <summary>Names of the terms in U_1, in the system's order.</summary>
    public IReadOnlyList<string> ScaledTerms { get; }

    /// <inheritdoc/>
    public override int AtomCount => _rest.AtomCount;

    /// <inheritdoc/>
    public override IReadOnlyList<double> Masses => _rest.Masses;

    /// <inheritdoc/>
    public override int BlockWidth => _rest.BlockWidth;

    /// <inheritdoc/>
    public override bool IsTranslationInvariant => _scaled.IsTranslationInvariant && _rest.IsTranslationInvariant;

    /// <inheritdoc/>
    public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
    {
        _scaled.EvaluateBlock(positions, forces, energies);
        _rest.AddBlock(positions, forces, energies);
    }

    /// <inheritdoc/>
    public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces, Span<double> energies, Span<double> scaledEnergies)
    {
        int width = BlockWidth;
        _scaled.EvaluateBlock(positions, forces, scaledEnergies);
        Span<float> factors = stackalloc float[width];
        for (int lane = 0; lane < width; lane++)
        {
            factors[lane] = (float)scales[lane];
            energies[lane] = scales[lane] * scaledEnergies[lane];
        }
        for (int row = 0; row < forces.Length; row += width)
            TensorPrimitives.Multiply(forces.Slice(row, width), factors, forces.Slice(row, width));
        _rest.AddBlock(positions, forces, energies);
    }

    /// <inheritdoc/>
    public override double EvaluateExact(ReadOnlySpan<double> positions, Span<double> forces) => EvaluateExact(positions, 1, forces, out _);

    /// <summary>Energy and forces of one configuration in double precision.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="scale">lambda.</param>
    /// <param name="forces">[N, 3] kJ/mol/nm of U_0 + lambda U_1, overwritten.</param>
    /// <param name="scaledEnergy">U_1, kJ/mol.</param>
    /// <returns>U_0 + lambda U_1, kJ/mol.</returns>
    public double EvaluateExact(ReadOnlySpan<double> positions, double scale, Span<double> forces, out double scaledEnergy)
    {
        var rest = new double[forces.Length];
        double energy = _rest.EvaluateExact(positions, rest);
        scaledEnergy = _scaled.EvaluateExact(positions, forces);
        for (int k = 0; k < rest.Length; k++)
            forces[k] = scale * forces[k] + rest[k];
        return energy + scale * scaledEnergy;
    }
}
