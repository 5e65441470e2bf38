using MolSampling.Potentials;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>
/// The loss of a batch of frames of one molecule, L = w mean (E - E_ref)^2 + mean (F - F_ref)^2 (kJ/mol and kJ/mol/Angstrom), and its
/// gradient in the weights without second derivatives of the features. With g = dE/dG, F = -J^T g and r = F - F_ref:
/// dL_F = -(2 / 3NB) sum r . J^T dg = (d of) sum_k u_k g_k at u = -(2 / 3NB) J r held fixed, and u . g is the networks' change along u.
/// So a step is features once for all, a gradient, J^T g and J r from the engine (<see cref="Potentials.Neural.AniFeatures"/>), and one
/// pass with tangents (<see cref="AtomNetworks.Forward(int, Tensor, Tensor)"/>).
/// </summary>
internal static class ForceMatching
{
    /// <summary>A scalar whose gradient in the weights is that of L, and the two means.</summary>
    /// <param name="model">The networks.</param>
    /// <param name="set">One molecule.</param>
    /// <param name="frames">[B] of it.</param>
    /// <param name="energyWeight">w, 1/Angstrom^2; held by the caller.</param>
    public static (Tensor Loss, double EnergyError, double ForceError) Loss(AtomNetworks model, FeaturedFrames set, int[] frames,
        Scalar energyWeight)
    {
        float[] x = set.Positions(frames), reference = set.Forces(frames);
        using Tensor index = tensor(frames.Select(f => (long)f).ToArray());
        Tensor features = set.Features.index_select(0, index);
        (_, float[] forces) = Evaluate(model, set, x, features);
        double square = 0, factor = -2.0 * Units.NanometrePerAngstrom * Units.NanometrePerAngstrom / x.Length;
        float[] direction = new float[x.Length];
        for (int k = 0; k < x.Length; k++)
        {
            double r = forces[k] - reference[k];
            square += r * r;
            direction[k] = (float)(factor * r);
        }
        Tensor changes = set.Along(x, direction), energies = zeros(frames.Length), change = zeros(1);
        foreach ((int element, Tensor places) in set.Atoms)
        {
            (Tensor share, Tensor own) = model.Forward(element, features.index_select(1, places), changes.index_select(1, places));
            energies = energies + share.sum(1);
            change = change + own.sum();
        }
        Tensor difference = energies - tensor(frames.Select(f => set.Energies[f]).ToArray()), error = (difference * difference).mean();
        return (error.mul(energyWeight) + change.sum(), error.data<float>()[0],
            square * Units.NanometrePerAngstrom * Units.NanometrePerAngstrom / x.Length);
    }

    /// <summary>Energies without the atoms' own, kJ/mol, and forces [B, 3N], kJ/mol/nm.</summary>
    public static (float[] Energies, float[] Forces) Evaluate(AtomNetworks model, FeaturedFrames set, int[] frames)
    {
        using DisposeScope scope = NewDisposeScope();
        return Evaluate(model, set, set.Positions(frames), set.Features.index_select(0, tensor(frames.Select(f => (long)f).ToArray())));
    }

    private static (float[] Energies, float[] Forces) Evaluate(AtomNetworks model, FeaturedFrames set, float[] x, Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = model.WithoutWeights();
        Tensor leaf = features.detach().requires_grad_(), energies = zeros(features.shape[0]);
        foreach ((int element, Tensor places) in set.Atoms)
            energies = energies + model.Forward(element, leaf.index_select(1, places)).sum(1);
        Tensor gradient = autograd.grad([energies.sum()], [leaf])[0];
        return (energies.detach().data<float>().ToArray(), set.Forces(x, gradient));
    }
}
